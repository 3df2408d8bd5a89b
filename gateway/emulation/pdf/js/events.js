// What the host calls: an event begins, a script of it runs, what it left is read.
(function (A) {
  "use strict";
  let current = null;

  // The event object of a trigger ("event" in the reference); values travel as text.
  A.begin = function (words) {
    const fact = JSON.parse(words);
    const target = fact.field ? A.field(fact.field) : globalThis;
    current = A.object("event", {
      name: fact.name,
      type: fact.type,
      target: target,
      source: fact.source ? A.field(fact.source) : target,
      targetName: fact.field || "",
      rc: true,
      value: fact.value,
      change: fact.change || "",
      changeEx: "",
      commitKey: fact.commit ? 2 : 0,
      fieldFull: false,
      keyDown: false,
      modifier: false,
      shift: false,
      richChange: [],
      richChangeEx: [],
      richValue: [],
      selStart: -1,
      selEnd: -1,
      willCommit: Boolean(fact.commit),
    });
    globalThis.event = current;
    if (fact.xfa && !globalThis.xfa) {
      globalThis.xfa = A.model("xfa");
      globalThis.xfa.host = xfaHost();
      globalThis.xfa.event = A.model("xfa.event");
    }
  };
  A.ended = function () {
    const value = current && current.value;
    return JSON.stringify({
      rc: Boolean(current && current.rc),
      value: value === undefined || value === null ? "" : String(value),
    });
  };
  A.put = function (name, value) {
    const field = A.field(name);
    if (field) field.value = value;
  };
  A.get = function (name) {
    const field = A.field(name);
    return field ? field.valueAsString : "";
  };
  A.takeLater = function () {
    return A.later.shift();
  };

  // A script of XFA: names that nothing else defines are nodes of the form, `this` is one too.
  A.runXfa = function (code, library, names) {
    const scope = new Proxy(
      {},
      {
        has: function (_, name) {
          return typeof name === "string" && !(name in globalThis);
        },
        get: function (_, name) {
          if (typeof name === "symbol") return undefined;
          if (!(name in nodes)) nodes[name] = A.model(String(name));
          return nodes[name];
        },
        set: function (_, name, value) {
          nodes[name] = value;
          return true;
        },
      },
    );
    const members = names.map((name) => JSON.stringify(name) + ": " + name).join(", ");
    const last = library ? "return { " + members + " };" : "";
    const answer = A.compile(
      "__scope",
      "with (__scope) { return (function () {" + code + "\n" + last + "}).call(this); }",
    ).call(A.model("node"), scope);
    if (library) nodes[library] = A.libraries[library] = answer;
    return answer;
  };
  const nodes = Object.create(null);
  function xfaHost() {
    const { method, host } = A;
    const made = A.model("xfa.host");
    made.messageBox = method("xfa.host.messageBox", "", function (words) {
      host("say", words);
      return 1;
    });
    made.response = method("xfa.host.response", "", function (question, title, usual, secret) {
      host("say", question);
      if (secret) A.note("asks for a password", [question, title]);
      return usual || "text";
    });
    made.gotoURL = method("xfa.host.gotoURL", "", function (url) {
      host("ask", "GET", url, "");
    });
    made.openList = method("xfa.host.openList", "");
    made.beep = function () {};
    made.print = method("xfa.host.print", "");
    made.exportData = method("xfa.host.exportData", "", function (path) {
      host("save", path || "a place that the user picks");
    });
    made.importData = method("xfa.host.importData", "", function (path) {
      host("open", path || "a file that the user picks");
    });
    made.version = A.facts.version;
    made.numPages = A.facts.pages;
    made.name = "Acrobat";
    made.appType = "Reader";
    made.platform = "WIN";
    made.language = "ENU";
    return made;
  }
})(__acrobat);
