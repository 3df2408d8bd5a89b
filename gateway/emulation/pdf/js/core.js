// The ground under Acrobat's objects: one function of the host, calls that are written down, code
// made of text, a clock that jumps, memory that is looked at. Everything here runs in the guest.
(function (global) {
  "use strict";
  const machine = global.__machine,
    parse = JSON.parse,
    stringify = JSON.stringify;
  const defineProperty = Object.defineProperty,
    keysOf = Object.keys,
    isArray = Array.isArray;
  const plainly = Function.prototype.bind.bind(Function.prototype.call);
  const cut = plainly(String.prototype.slice),
    has = plainly(String.prototype.includes);
  const SHOWN = 400,
    LONG = 1000,
    BLOCK = 0x4000;
  delete global.__machine;

  // Only primitives are stringified: a toJSON of the script's changes nothing.
  function host(operation) {
    let words = "[";
    for (let at = 1; at < arguments.length; at++) {
      const word = arguments[at];
      const plain = typeof word === "number" || typeof word === "boolean" ? word : String(word);
      words += (at > 1 ? "," : "") + stringify(plain);
    }
    const answer = parse(machine(operation, words + "]"));
    if (answer && answer.error) throw new Error(answer.error);
    return answer.value;
  }

  function shown(value, depth) {
    switch (typeof value) {
      case "string":
        return value.length > SHOWN ? "(" + value.length + " characters) " + cut(value, 0, SHOWN) : value;
      case "function":
        return "(function)";
      case "undefined":
        return "";
      case "object":
        break;
      default:
        return String(value);
    }
    if (value === null) return "null";
    if ((depth || 0) > 2) return "(object)";
    try {
      if (isArray(value)) {
        let words = "";
        for (let at = 0; at < value.length && at < 12; at++) {
          words += (at ? ", " : "") + shown(value[at], (depth || 0) + 1);
        }
        return "[" + words + (value.length > 12 ? ", …" : "") + "]";
      }
      if (value.__name) return "(" + value.__name + ")";
      let words = "",
        count = 0;
      for (const key of keysOf(value)) {
        if (count++ === 12) break;
        words += (words ? ", " : "") + key + ": " + shown(value[key], (depth || 0) + 1);
      }
      return "{" + words + "}";
    } catch (error) {
      return "(object)";
    }
  }

  function note(what, values) {
    const words = ["call", what];
    for (let at = 0; at < values.length && at < 10; at++) words.push(shown(values[at]));
    host.apply(null, words);
  }

  function lacks(what) {
    host("lacks", what);
    throw new Error(what + " is not emulated");
  }

  // Arguments by position, or one object with the names of the reference.
  function positional(names, given) {
    const first = given[0];
    if (given.length === 1 && first !== null && typeof first === "object" && !isArray(first)) {
      let found = false;
      const values = names.map(function (name) {
        if (name in first) found = true;
        return first[name];
      });
      if (found || keysOf(first).length === 0) return values;
    }
    return Array.prototype.slice.call(given);
  }

  // method("app.alert", "cMsg nIcon", work): a call that is written down with its arguments.
  function method(what, names, work) {
    const listed = names ? names.split(" ") : [];
    return function () {
      const values = positional(listed, arguments);
      note(what, values);
      return work ? work.apply(this, values) : undefined;
    };
  }

  // Members that change nothing that could be seen here.
  function idle(target, what, names) {
    for (const name of names.split(" ")) target[name] = method(what + "." + name, "");
    return target;
  }

  function missing(target, what, names) {
    for (const name of names.split(" ")) {
      target[name] = function () {
        note(what + "." + name, arguments);
        return lacks(what + "." + name);
      };
    }
    return target;
  }

  // A long text of the document that a script takes: where code hides from a look at the scripts.
  function taken(where, text) {
    if (typeof text === "string" && text.length >= LONG) note("long text of the document", [where, text]);
    return text;
  }

  function hidden(target, name, value) {
    defineProperty(target, name, { value: value, writable: true, configurable: true, enumerable: false });
  }

  // Code made of text.
  function seen(code) {
    if (typeof code !== "string" && !(code instanceof String)) return code;
    return host("code", String(code));
  }
  const realEval = global.eval,
    RealFunction = Function,
    realToString = RealFunction.prototype.toString;
  function indirect(code) {
    return realEval(seen(code));
  }
  const FakeFunction = new Proxy(RealFunction, {
    construct: function (target, given) {
      return FakeFunction.apply(null, given);
    },
    apply: function (target, self, given) {
      const words = Array.prototype.slice.call(given);
      if (words.length) words.push(seen(words.pop()));
      return RealFunction.apply(null, words);
    },
  });
  RealFunction.prototype.constructor = FakeFunction;
  global.Function = FakeFunction;
  // Scripts decode by their own text: what was put into it for eval is taken out again.
  hidden(RealFunction.prototype, "toString", function () {
    return realToString
      .call(this)
      .split(")/*__*/")
      .join("")
      .split("__seen(")
      .join("")
      .split("__indirect")
      .join("eval");
  });
  hidden(Object.prototype, "eval", indirect);
  defineProperty(global, "__seen", { value: seen });
  defineProperty(global, "__indirect", { value: indirect });

  // What old JavaScript had and newer engines have not.
  hidden(Object.prototype, "toSource", function () {
    return shown(this);
  });
  hidden(Object.prototype, Symbol.iterator, function* () {
    for (const key in this) yield this[key];
  });
  hidden(Object.prototype, "__noSuchMethod__", undefined);

  // Memory filled with one block over and over.
  function looked(text) {
    if (text.length >= BLOCK) {
      const half = text.length >> 1,
        piece = cut(text, 0, 64);
      const repeated = cut(text, 64, 128) === piece && has(cut(text, half, half + 256), cut(piece, 0, 16));
      if (repeated && !/^\s*$/.test(piece)) host("fill", text.length, piece);
    }
    return text;
  }
  function watch(prototype, names) {
    for (const name of names) {
      const real = prototype[name];
      hidden(prototype, name, function () {
        if (typeof this === "string" || this instanceof String) looked(String(this));
        const made = real.apply(this, arguments);
        return typeof made === "string" ? looked(made) : made;
      });
    }
  }
  const realUnescape = global.unescape;
  global.unescape = function (text) {
    const made = realUnescape(text),
      words = String(text).match(/%u[0-9a-f]{4}/gi) || [];
    let odd = 0;
    for (const word of words) {
      const high = parseInt(word.slice(2, 4), 16),
        low = parseInt(word.slice(4), 16);
      if (high >= 0x80 || low >= 0x80 || (high > 0 && low < 0x20)) odd++;
    }
    if (words.length >= 32 && odd * 4 > words.length) host("binary", made.length, String(text).slice(0, SHOWN));
    return looked(made);
  };
  const realCode = String.fromCharCode;
  hidden(String, "fromCharCode", function () {
    const made = realCode.apply(String, arguments);
    if (made.length >= 64) {
      let wide = 0;
      for (let at = 0; at < made.length; at++) if (made.charCodeAt(at) > 0x2fff) wide++;
      if (wide * 4 > made.length) host("binary", made.length, made.slice(0, 64));
    }
    return made;
  });
  watch(String.prototype, ["substring", "substr", "slice", "concat", "repeat"]);
  watch(Array.prototype, ["join"]);

  // The clock runs ahead of who waits for it in a loop.
  const RealDate = Date;
  let skipped = 0,
    reads = 0;
  function now() {
    reads++;
    if (reads > 200) skipped += Math.min(5000, 10 * (reads - 200));
    if (reads === 2000) host("sleep", skipped / 1000, "loop");
    return RealDate.now() + skipped;
  }
  const FakeDate = new Proxy(RealDate, {
    construct: function (target, given, made) {
      return Reflect.construct(target, given.length ? given : [now()], made === FakeDate ? target : made);
    },
    apply: function () {
      return new RealDate(now()).toString();
    },
    get: function (target, name) {
      return name === "now" ? now : target[name];
    },
  });
  RealDate.prototype.constructor = FakeDate;
  global.Date = FakeDate;

  const shared = {
    host,
    note,
    lacks,
    compile: RealFunction,
    method,
    idle,
    missing,
    taken,
    shown,
    positional,
    seen,
    run: indirect,
    facts: parse(machine("facts", "[]")).value,
    builders: [],
    timers: [],
    skip: function (milliseconds) {
      skipped += milliseconds;
    },
    object: function (name, members) {
      hidden(members, "__name", name);
      return members;
    },
  };
  defineProperty(global, "__acrobat", { value: shared });
  delete global.Atomics;
  delete global.SharedArrayBuffer;
  delete global.WebAssembly;
})(globalThis);
let eval = globalThis.eval;
globalThis.eval = __indirect;
