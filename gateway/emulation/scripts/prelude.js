// The Windows script host as JScript sees it, on top of one function of the machine:
// machine(operation, handle, name, arguments as JSON) -> answer as JSON.
(function (global, machine) {
  "use strict";
  var slice = Array.prototype.slice, toStr = Object.prototype.toString;
  var handles = new WeakMap(), callbacks = [];

  function encode(value) {
    if (value === undefined) return { u: 1 };
    if (value === null) return { n: 1 };
    switch (typeof value) {
      case "number": return isFinite(value) ? { v: value } : { v: String(value) };
      case "string": case "boolean": return { v: value };
    }
    if (handles.has(value)) return { h: handles.get(value) };
    if (typeof value === "function") return { f: callbacks.push(value) - 1 };
    if (Array.isArray(value)) return { a: value.map(encode) };
    if (value instanceof RealDate) return { d: value.getTime() };
    return { v: String(value) };
  }

  function decode(answer) {
    if ("h" in answer) return object(answer.h, answer.c);
    if ("a" in answer) return answer.a.map(decode);
    if ("d" in answer) return new RealDate(answer.d);
    return "v" in answer ? answer.v : "n" in answer ? null : undefined;
  }

  function call(operation, handle, name, args) {
    var answer = JSON.parse(
      machine(operation, handle, String(name), JSON.stringify(slice.call(args).map(encode))));
    if ("e" in answer) {
      var error = new Error(answer.m);
      error.number = answer.e | 0;
      error.description = answer.m;
      throw error;
    }
    (answer.then || []).forEach(function (number) { callbacks[number](); });
    return decode(answer);
  }

  function caller(operation, handle, name) {
    return function () { return call(operation, handle, name, arguments); };
  }

  function known(make, handle) {
    handles.set(make, handle);
    return make;
  }

  function object(handle, callable, apply) {
    var target = callable || apply ? function () {} : {};
    var asText = function () {
      try { return String(call("default", handle, "", [])); } catch (error) { return "[object]"; }
    };
    return known(new Proxy(target, {
      get: function (_, name) {
        if (name === Symbol.toPrimitive) return function () {
          try { return call("default", handle, "", []); } catch (error) { return "[object]"; }
        };
        if (typeof name === "symbol") return undefined;
        if (name === "toString" || name === "valueOf") return asText;
        return member(handle, name);
      },
      set: function (_, name, value) { call("put", handle, name, [value]); return true; },
      has: function (_, name) { return call("kind", handle, name, []) !== "none"; },
      apply: function (_, self, args) { return (apply || caller("default", handle, "")).apply(self, args); },
      construct: function () { throw new TypeError("Object doesn't support this action"); },
      getPrototypeOf: function () { return Object.prototype; }
    }), handle);
  }

  function member(handle, name) {
    var kind = call("kind", handle, name, []);
    if (kind === "method") return caller("get", handle, name);
    if (kind !== "indexed") return call("get", handle, name, []);
    var value;
    try { value = call("get", handle, name, []); } catch (error) { return caller("get", handle, name); }
    if (value !== null && typeof value === "object" || typeof value === "function") {
      if (handles.has(value)) return object(handles.get(value), true, caller("get", handle, name));
    }
    return value;
  }

  var RealDate = Date;
  var FakeDate = new Proxy(RealDate, {
    construct: function (target, args, made) {
      if (args.length === 0) args = [FakeDate.now()];
      return Reflect.construct(target, args, made === FakeDate ? target : made);
    },
    apply: function () { return new RealDate(FakeDate.now()).toString(); }
  });
  RealDate.now = function () { return Math.floor(call("clock", 0, "", [])); };
  RealDate.prototype.constructor = FakeDate;
  RealDate.prototype.getVarDate = function () { return this; };
  RealDate.prototype.getYear = function () {
    var year = this.getFullYear(); return year > 1999 || year < 1900 ? year : year - 1900;
  };
  global.Date = FakeDate;

  // Code made of text is told, and adapted as the script itself was. The host rewrites a plain
  // call of eval so that its argument passes through __text; whoever reaches eval in another way
  // (this["eval"], a variable) gets a stand-in. Function has one too.
  function heard(code) { return typeof code === "string" ? call("seen", 0, "", [code]) : code; }
  var real = global.__real = eval;
  global.__text = heard;
  Object.defineProperty(global, "__seen", {
    set: function (code) { heard(code); },
    get: function () { return undefined; }
  });
  global.__eval = global.eval = function (code) { return real(heard(code)); };
  var RealFunction = Function;
  var FakeFunction = new Proxy(RealFunction, {
    construct: function (target, args) { return FakeFunction.apply(null, args); },
    apply: function (target, self, args) {
      args = slice.call(args);
      if (args.length) args.push(heard(String(args.pop())));
      return RealFunction.apply(null, args);
    }
  });
  RealFunction.prototype.constructor = FakeFunction;
  global.Function = FakeFunction;

  global.ActiveXObject = function ActiveXObject(name) { return call("create", 0, "", [String(name)]); };
  global.GetObject = function (path, name) { return call("getobject", 0, "", [path || "", name || ""]); };
  global.Enumerator = function (collection) {
    var items = collection === undefined || collection === null ? [] :
      Array.isArray(collection) ? collection : call("items", handles.get(collection), "", []);
    var at = 0;
    this.atEnd = function () { return at >= items.length; };
    this.item = function () { return items[at]; };
    this.moveNext = function () { at++; };
    this.moveFirst = function () { at = 0; };
  };
  global.VBArray = function (array) {
    var items = Array.isArray(array) ? array : call("array", handles.get(array), "", []);
    this.toArray = function () { return items; };
    this.getItem = function (index) { return items[index]; };
    this.lbound = function () { return 0; };
    this.ubound = function () { return items.length - 1; };
    this.dimensions = function () { return 1; };
  };
  global.ScriptEngine = function () { return "JScript"; };
  global.ScriptEngineMajorVersion = function () { return 5; };
  global.ScriptEngineMinorVersion = function () { return 8; };
  global.ScriptEngineBuildVersion = function () { return 16384; };
  global.CollectGarbage = function () {};
  global.__put = function (owner, name, args, value) {
    if (!handles.has(owner)) throw new TypeError("Object doesn't support this property or method");
    call(name === "" ? "putdefault" : "put", handles.get(owner), name, args.concat([value]));
    return value;
  };
  global.__global = function (name) { return call("global", 0, name, []); };
  global.__call = function (name, args) { return call("global call", 0, name, args); };
  global.__fire = function (number) { callbacks[number](); };
  var own = Object.getOwnPropertyNames(global);
  global.__share = function (names) {
    names.split(" ").forEach(function (name) {
      if (name in global) return;
      Object.defineProperty(global, name, {
        configurable: true,
        enumerable: true,
        get: function () { return call("shared", 0, name, []); },
        set: function (value) { call("share", 0, name, [value]); }
      });
    });
  };
  global.__variables = function () {
    var found = {};
    Object.getOwnPropertyNames(global).forEach(function (name) {
      var property = Object.getOwnPropertyDescriptor(global, name);
      if (own.indexOf(name) < 0 && name.slice(0, 2) !== "__" && "value" in property &&
          typeof property.value !== "function") {
        try { found[name] = encode(property.value); } catch (error) { /* an array in itself */ }
      }
    });
    return JSON.stringify(found);
  };
  global.__functions = function () {
    return Object.getOwnPropertyNames(global).filter(function (name) {
      return own.indexOf(name) < 0 && name.slice(0, 2) !== "__" && typeof global[name] === "function" &&
        !handles.has(global[name]);
    }).join(" ");
  };
  global.__invoke = function (name, args) {
    return JSON.stringify(encode(global[name].apply(global, JSON.parse(args).map(decode))));
  };
  delete global.Atomics; delete global.SharedArrayBuffer; delete global.WebAssembly;
})(globalThis, __machine);
