// The functions that Acrobat's own form actions call: formats, keystrokes, ranges, dates, sums.
// They are documented by what the dialogue of a field's properties writes into a form.
(function (A) {
  "use strict";
  const g = globalThis;
  const DATES = [
    "m/d",
    "m/d/yy",
    "mm/dd/yy",
    "mm/yy",
    "d-mmm",
    "d-mmm-yy",
    "dd-mmm-yy",
    "yy-mm-dd",
    "mmm-yy",
    "mmmm-yy",
    "mmm d, yyyy",
    "mmmm d, yyyy",
    "m/d/yy h:MM tt",
    "m/d/yy HH:MM",
  ];
  const TIMES = ["HH:MM", "h:MM tt", "HH:MM:ss", "h:MM:ss tt"];
  const SPECIAL = [
    /^\d{0,5}$/,
    /^\d{0,5}[-. ]?\d{0,4}$/,
    /^\(?\d{0,3}\)?[-. ]*\d{0,3}[-. ]?\d{0,4}$/,
    /^\d{0,3}[-. ]?\d{0,2}[-. ]?\d{0,4}$/,
  ];
  const MASKS = ["99999", "99999-9999", "(999) 999-9999", "999-99-9999"];

  function refuse(words) {
    if (words) g.app.alert(words);
    g.event.rc = false;
  }
  function merged() {
    return g.AFMergeChange(g.event);
  }

  g.AFMergeChange = function (event) {
    const value = String(event.value === undefined || event.value === null ? "" : event.value);
    if (event.willCommit) return value;
    const first = event.selStart < 0 || event.selStart === undefined ? value.length : event.selStart;
    const last = event.selEnd < 0 || event.selEnd === undefined ? first : event.selEnd;
    return value.slice(0, first) + (event.change === undefined ? "" : event.change) + value.slice(last);
  };
  g.AFExtractNums = function (text) {
    const found = String(text).replace(/^[.,]/, "0$&").match(/\d+/g);
    return found && found.length ? found : null;
  };
  g.AFMakeNumber = function (text) {
    if (typeof text === "number") return text;
    if (typeof text !== "string") return null;
    const parts = g.AFExtractNums(text);
    if (!parts) return null;
    const joined = parts.length === 1 ? parts[0] : parts.slice(0, -1).join("") + "." + parts[parts.length - 1];
    return (/^\s*-/.test(text) ? -1 : 1) * Number(joined);
  };
  g.AFMakeArrayFromList = function (list) {
    return typeof list === "string" ? list.split(/,[ ]?/) : list;
  };
  g.AFExactMatch = function (expressions, text) {
    const all = Array.isArray(expressions) ? expressions : [expressions];
    for (let at = 0; at < all.length; at++) {
      const found = new RegExp(all[at]).exec(text);
      if (found && found[0] === text) return at + 1;
    }
    return 0;
  };
  g.AFNumber_Format = function (digits, style, negative, ignored, currency, before) {
    const event = g.event;
    if (event.value === "" || event.value === null || event.value === undefined) return;
    const number = g.AFMakeNumber(String(event.value).replace(/,(?=\d{3})/g, style === 0 || style === 1 ? "" : ","));
    if (number === null || isNaN(number)) {
      event.value = "";
      return;
    }
    let text = A.separated(Math.abs(number), digits, style);
    if (currency) text = before ? currency + text : text + currency;
    if (number < 0) text = negative === 2 || negative === 3 ? "(" + text + ")" : negative === 1 ? text : "-" + text;
    if (event.target && (negative === 1 || negative === 3))
      event.target.textColor = number < 0 ? ["RGB", 1, 0, 0] : ["G", 0];
    event.value = text;
  };
  g.AFNumber_Keystroke = function (digits, style) {
    const comma = style === 2 || style === 3,
      text = merged();
    if (text === "") return;
    const wanted = g.event.willCommit
      ? comma
        ? /^[+-]?\s*(\d[\d.]*(,\d*)?|,\d+)$/
        : /^[+-]?\s*(\d[\d,']*(\.\d*)?|\.\d+)$/
      : comma
        ? /^[+-]?[\d.]*,?\d*$/
        : /^[+-]?[\d,']*\.?\d*$/;
    if (!wanted.test(text.trim()))
      refuse(g.event.willCommit ? "The value entered does not match the format of the field" : "");
  };
  g.AFPercent_Format = function (digits, style) {
    const number = g.AFMakeNumber(g.event.value === undefined ? "" : String(g.event.value));
    if (number === null) {
      g.event.value = "";
      return;
    }
    g.event.value = A.separated(number * 100, digits, style) + "%";
  };
  g.AFPercent_Keystroke = g.AFNumber_Keystroke;

  function dateKey(format) {
    if (!g.event.willCommit) return;
    const text = merged();
    if (text && g.AFParseDateEx(text, format) === null)
      refuse("Invalid date/time: please ensure that the date/time exists. Field should match format " + format);
  }
  g.AFParseDateEx = function (text, format) {
    return A.scanned(format, text);
  };
  g.AFParseDate = g.AFParseDateEx;
  g.AFDate_FormatEx = function (format) {
    if (!g.event.value) return;
    const date = g.AFParseDateEx(String(g.event.value), format) || A.scanned("mm/dd/yyyy", g.event.value);
    g.event.value = date ? A.dated(format, date) : "";
  };
  g.AFDate_KeystrokeEx = dateKey;
  g.AFDate_Format = function (index) {
    g.AFDate_FormatEx(DATES[index] || DATES[0]);
  };
  g.AFDate_Keystroke = function (index) {
    dateKey(DATES[index] || DATES[0]);
  };
  g.AFTime_FormatEx = g.AFDate_FormatEx;
  g.AFTime_Format = function (index) {
    g.AFDate_FormatEx(TIMES[index] || TIMES[0]);
  };
  g.AFTime_Keystroke = function (index) {
    dateKey(TIMES[index] || TIMES[0]);
  };
  g.AFTime_KeystrokeEx = dateKey;
  g.AFParseTime = g.AFParseDateEx;

  g.AFSpecial_Format = function (index) {
    const text = String(g.event.value === undefined ? "" : g.event.value);
    if (text)
      g.event.value = g.util.printx(
        index === 2 && text.replace(/\D/g, "").length < 10 ? "999-9999" : MASKS[index] || "*",
        text,
      );
  };
  g.AFSpecial_Keystroke = function (index) {
    const text = merged();
    if (text && SPECIAL[index] && !SPECIAL[index].test(text))
      refuse(g.event.willCommit ? "The value entered does not match the format of the field" : "");
  };
  g.AFSpecial_KeystrokeEx = function (mask) {
    const text = merged(),
      kinds = { 9: /\d/, A: /[A-Za-z]/, O: /[A-Za-z0-9]/, X: /./ };
    for (let at = 0; at < text.length; at++) {
      const sign = mask[at];
      if (sign === undefined || (kinds[sign] ? !kinds[sign].test(text[at]) : sign !== text[at])) return refuse("");
    }
    if (g.event.willCommit && text && text.length !== mask.length)
      refuse("The value entered does not match the format of the field");
  };
  g.AFRange_Validate = function (low, least, high, most) {
    if (g.event.value === "" || g.event.value === undefined) return;
    const number = g.AFMakeNumber(String(g.event.value));
    if ((low && number < least) || (high && number > most)) refuse("Invalid value: must be within the range");
  };
  g.AFSimple = function (kind, one, other) {
    const first = g.AFMakeNumber(String(one)),
      second = g.AFMakeNumber(String(other));
    switch (kind) {
      case "PRD":
        return first * second;
      case "MIN":
        return Math.min(first, second);
      case "MAX":
        return Math.max(first, second);
      default:
        return Number(first) + Number(second);
    }
  };
  g.AFSimple_Calculate = function (kind, names) {
    const values = [];
    for (const name of Array.from(g.AFMakeArrayFromList(names))) {
      const field = A.field(name);
      for (const one of field ? field.getArray() : []) {
        const number = g.AFMakeNumber(String(one.value));
        values.push(number === null || isNaN(number) ? 0 : number);
      }
    }
    if (!values.length) return;
    let total = kind === "PRD" ? 1 : kind === "MIN" || kind === "MAX" ? values[0] : 0;
    for (const value of values) {
      if (kind === "PRD") total *= value;
      else if (kind === "MIN") total = Math.min(total, value);
      else if (kind === "MAX") total = Math.max(total, value);
      else total += value;
    }
    if (kind === "AVG") total /= values.length;
    g.event.value = Math.round(total * 1e6) / 1e6;
  };
  g.AFSignature_Format = function () {};
  g.AFSignatureLock = function () {};
  g.AFStringReplace = function (text, old, fresh) {
    return String(text).split(old).join(fresh);
  };
  g.AFDateFromYMD = function (year, month, day) {
    return new Date(year, month, day);
  };
  g.AFBuildRegExps = function (all) {
    return all.map(function (one) {
      return new RegExp(one);
    });
  };
})(__acrobat);
