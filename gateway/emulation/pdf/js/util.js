// util and console (JavaScript for Acrobat API Reference, "util", "console", "ReadStream").
(function (A) {
  "use strict";
  const { host, method } = A;
  const MONTHS = "January February March April May June July August September October November December".split(" ");
  const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
  const NAMED = { 0: "D:yyyymmddHHMMss", 1: "yyyy.mm.dd HH:MM:ss", 2: "m/d/yy h:MM:ss tt" };

  function two(number) {
    return (number < 10 ? "0" : "") + number;
  }

  // A date by a format of printd: the longest known word at each place.
  A.dated = function (format, date) {
    if (!(date instanceof Date) || isNaN(date.getTime())) throw new Error("invalid date");
    const hour = date.getHours(),
      small = hour % 12 || 12;
    const words = {
      mmmm: MONTHS[date.getMonth()],
      mmm: MONTHS[date.getMonth()].slice(0, 3),
      mm: two(date.getMonth() + 1),
      m: String(date.getMonth() + 1),
      dddd: DAYS[date.getDay()],
      ddd: DAYS[date.getDay()].slice(0, 3),
      dd: two(date.getDate()),
      d: String(date.getDate()),
      yyyy: String(date.getFullYear()),
      yy: two(date.getFullYear() % 100),
      HH: two(hour),
      H: String(hour),
      hh: two(small),
      h: String(small),
      MM: two(date.getMinutes()),
      M: String(date.getMinutes()),
      ss: two(date.getSeconds()),
      s: String(date.getSeconds()),
      tt: hour < 12 ? "am" : "pm",
      t: hour < 12 ? "a" : "p",
    };
    return String(format).replace(
      /\\(.)|mmmm|mmm|mm|m|dddd|ddd|dd|d|yyyy|yy|HH|H|hh|h|MM|M|ss|s|tt|t|j/g,
      function (word, plain) {
        return plain !== undefined ? plain : word in words ? words[word] : word;
      },
    );
  };

  // Text by a format of scand; null when it is no date.
  A.scanned = function (format, text) {
    const now = new Date();
    const found = { y: now.getFullYear(), m: 1, d: 1, H: 0, M: 0, s: 0, p: 0, any: false };
    const source = String(text).trim();
    if (source === "") return now;
    const parts = String(format).match(/m+|d+|y+|H+|h+|M+|s+|t+|[^mdyHhMst]+/g) || [];
    let at = 0,
      half = false,
      late = false;
    for (const part of parts) {
      const rest = source.slice(at);
      let match = null;
      if (/^(mmm|mmmm)$/.test(part)) {
        match = /^[A-Za-z]{3,}/.exec(rest);
        const index = match
          ? MONTHS.findIndex(function (name) {
              return name.toLowerCase().startsWith(match[0].slice(0, 3).toLowerCase());
            })
          : -1;
        if (index < 0) return null;
        found.m = index + 1;
      } else if (/^ddd/.test(part)) {
        match = /^[A-Za-z]+/.exec(rest);
      } else if (/^t/.test(part)) {
        match = /^[ap]m?/i.exec(rest);
        if (match) {
          half = true;
          late = /^p/i.test(match[0]);
        }
      } else if (/^[mdyHhMs]/.test(part)) {
        match = (part[0] === "y" ? /^\d{1,4}/ : /^\d{1,2}/).exec(rest);
        if (!match) return found.any && /^[HhMs]/.test(part) ? null : null;
        found[part[0] === "h" ? "H" : part[0]] = Number(match[0]);
        if (part[0] === "y" && match[0].length <= 2) found.y += found.y < 50 ? 2000 : 1900;
        found.any = true;
      } else {
        match = /^[\s./,:-]+/.exec(rest);
        if (!match && rest !== "") return null;
      }
      if (match) at += match[0].length;
    }
    if (
      at < source.length ||
      found.m < 1 ||
      found.m > 12 ||
      found.d < 1 ||
      found.H > 23 ||
      found.M > 59 ||
      found.s > 59
    )
      return null;
    if (half) found.H = (found.H % 12) + (late ? 12 : 0);
    const date = new Date(found.y, found.m - 1, found.d, found.H, found.M, found.s);
    return date.getMonth() === found.m - 1 ? date : null;
  };

  A.separated = function (number, digits, style) {
    const marks = { 0: [",", "."], 1: ["", "."], 2: [".", ","], 3: ["", ","], 4: ["'", "."] }[style] || [",", "."];
    const parts = Math.abs(number)
      .toFixed(Math.max(0, Math.min(20, digits)))
      .split(".");
    const whole = parts[0].replace(/\B(?=(\d{3})+(?!\d))/g, marks[0]);
    return (number < 0 ? "-" : "") + whole + (parts[1] ? marks[1] + parts[1] : "");
  };

  function printf(format) {
    const values = Array.prototype.slice.call(arguments, 1);
    let next = 0;
    return String(format).replace(
      /%(?:,(\d?))?([+ 0#-]*)(\d+)?(?:\.(\d+))?([dfsx%])/g,
      function (word, style, flags, width, digits, kind) {
        if (kind === "%") return "%";
        const value = values[next++];
        let text;
        if (kind === "s") text = String(value);
        else if (kind === "x") text = (Number(value) >>> 0).toString(16);
        else {
          const number = kind === "d" ? Math.trunc(Number(value)) || 0 : Number(value) || 0;
          text = A.separated(
            number,
            kind === "d" ? 0 : digits === undefined ? 6 : Number(digits),
            style === undefined ? 1 : Number(style || 0),
          );
          if (/\+/.test(flags) && number >= 0) text = "+" + text;
          else if (/ /.test(flags) && number >= 0) text = " " + text;
        }
        const wide = Math.min(Number(width) || 0, 100000);
        return /-/.test(flags) ? text.padEnd(wide) : text.padStart(wide, /0/.test(flags) && kind !== "s" ? "0" : " ");
      },
    );
  }

  function printx(format, source) {
    const text = String(source);
    let at = 0,
      out = "",
      change = function (word) {
        return word;
      };
    const kinds = { X: /./, A: /[A-Za-z]/, a: /[A-Za-z]/, 9: /\d/, 0: /\d/ };
    for (let place = 0; place < format.length; place++) {
      const sign = format[place];
      if (sign === "\\") out += format[++place] || "";
      else if (sign === ">")
        change = function (word) {
          return word.toUpperCase();
        };
      else if (sign === "<")
        change = function (word) {
          return word.toLowerCase();
        };
      else if (sign === "=")
        change = function (word) {
          return word;
        };
      else if (sign === "?") out += change(text[at++] || "");
      else if (sign === "*") {
        out += change(text.slice(at));
        at = text.length;
      } else if (sign in kinds) {
        while (at < text.length && !kinds[sign].test(text[at])) at++;
        out += change(text[at++] || "");
      } else out += sign;
    }
    return out;
  }

  A.stream = function (text) {
    let at = 0;
    return A.object("ReadStream", {
      __text: text,
      read: function (count) {
        const piece = text.slice(at, at + count);
        at += count;
        let hex = "";
        for (let index = 0; index < piece.length; index++) hex += two16(piece.charCodeAt(index) & 255);
        return hex;
      },
    });
  };
  function two16(number) {
    return (number < 16 ? "0" : "") + number.toString(16);
  }
  A.textOf = function (stream) {
    if (stream && typeof stream.__text === "string") return stream.__text;
    let hex = "";
    while (stream && typeof stream.read === "function") {
      const piece = stream.read(4096);
      if (!piece) break;
      hex += piece;
    }
    return (hex.match(/../g) || [])
      .map(function (pair) {
        return String.fromCharCode(parseInt(pair, 16));
      })
      .join("");
  };
  A.decoded = function (stream, encoder) {
    const text = A.textOf(stream);
    if (!/hex|base64/i.test(encoder || "")) return text;
    if (/hex/i.test(encoder))
      return (text.match(/[0-9a-f]{2}/gi) || [])
        .map(function (pair) {
          return String.fromCharCode(parseInt(pair, 16));
        })
        .join("");
    return host("base64", text);
  };

  const util = A.object("util", {
    printf: method("util.printf", "", printf),
    printx: method("util.printx", "cFormat cSource", printx),
    printd: method("util.printd", "cFormat oDate bXFAPicture", function (format, date) {
      return A.dated(typeof format === "number" ? NAMED[format] || NAMED[0] : format, date);
    }),
    scand: method("util.scand", "cFormat cDate", function (format, text) {
      return A.scanned(format, text);
    }),
    byteToChar: method("util.byteToChar", "nByte", function (byte) {
      return String.fromCharCode(byte & 255);
    }),
    charToByte: method("util.charToByte", "cChar", function (sign) {
      return sign ? String(sign).charCodeAt(0) : undefined;
    }),
    crackURL: method("util.crackURL", "cURL", function (url) {
      const parts =
        /^(\w+):\/\/(?:([^:@\/]*)(?::([^@\/]*))?@)?([^:\/?#]*)(?::(\d+))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(url);
      if (!parts) throw new Error("invalid URL");
      return {
        cScheme: parts[1],
        cUser: parts[2],
        cPassword: parts[3],
        cHost: parts[4],
        nPort: Number(parts[5]) || undefined,
        cPath: parts[6],
        cParameters: parts[7],
        cFragments: parts[8],
      };
    }),
    iconStreamFromIcon: method("util.iconStreamFromIcon", "oIcon", function () {
      return A.stream("");
    }),
    readFileIntoStream: method("util.readFileIntoStream", "cDIPath bEncodeBase64", function (path) {
      host("open", path || "a file that the user picks");
      return A.stream("");
    }),
    spansToXML: method("util.spansToXML", "", function (spans) {
      return (spans || [])
        .map(function (span) {
          return span.text;
        })
        .join("");
    }),
    xmlToSpans: method("util.xmlToSpans", "", function (text) {
      return [{ text: String(text).replace(/<[^>]*>/g, "") }];
    }),
    streamFromString: method("util.streamFromString", "cString cCharSet", function (text) {
      return A.stream(String(text));
    }),
    stringFromStream: method("util.stringFromStream", "oStream cCharSet", function (stream, set) {
      return A.decoded(stream, set);
    }),
  });
  globalThis.util = util;
  globalThis.console = A.object("console", {
    println: function (words) {
      host("say", words);
    },
    show: function () {},
    hide: function () {},
    clear: function () {},
    log: function (words) {
      host("say", words);
    },
  });
})(__acrobat);
