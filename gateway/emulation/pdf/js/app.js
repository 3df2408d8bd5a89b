// app: the viewer itself (JavaScript for Acrobat API Reference, "app", "Monitor",
// "PlugIn", "Thermometer", "FullScreen").
(function (A) {
  "use strict";
  const { host, note, method, idle, missing, facts, timers } = A;
  let numbers = 0;

  function later(what, again) {
    return method(what, "cExpr nMilliseconds", function (code, milliseconds) {
      const number = ++numbers,
        wait = Math.max(0, Number(milliseconds) || 0);
      timers.push({ number, code, wait, due: A.clock + wait, again: again ? 3 : 0 });
      return A.object("timer", { number });
    });
  }
  function clear(what) {
    return method(what, "oTime", function (timer) {
      const at = timers.findIndex(function (one) {
        return timer && one.number === timer.number;
      });
      if (at >= 0) timers.splice(at, 1);
    });
  }
  A.clock = 0;
  A.nextTimer = function () {
    timers.sort(function (one, other) {
      return one.due - other.due;
    });
    const timer = timers.shift();
    if (!timer) return undefined;
    host("sleep", Math.max(0, timer.due - A.clock) / 1000, "timer");
    A.skip(Math.max(0, timer.due - A.clock));
    A.clock = Math.max(A.clock, timer.due);
    if (timer.again-- > 0) timers.push(Object.assign({}, timer, { due: timer.due + Math.max(1, timer.wait) }));
    return timer.code;
  };

  // A dialogue is answered as a person would who goes on: its handlers run.
  function dialogue(monitor) {
    const values = {};
    const dialog = A.object("dialog", {
      load: function (all) {
        Object.assign(values, all);
      },
      store: function () {
        return A.filled(monitor);
      },
      end: function () {},
      enable: function () {},
      visible: function () {},
      focus: function () {},
      elements: [],
      insertEntryInList: function () {},
      removeEntryFromList: function () {},
    });
    for (const name of ["initialize", "validate", "commit"]) {
      if (typeof monitor[name] === "function") monitor[name](dialog);
    }
    return "ok";
  }
  A.filled = function (monitor) {
    const found = {};
    (function walk(part) {
      if (!part || typeof part !== "object") return;
      if (part.item_id) found[part.item_id] = /edit|password/.test(part.type || "") ? "text" : true;
      (part.elements || []).forEach(walk);
    })(monitor.description);
    return found;
  };

  const app = A.object("app", {
    alert: method("app.alert", "cMsg nIcon nType cTitle oDoc oCheckbox", function (words, icon, type) {
      host("say", words);
      return type === 2 || type === 3 ? 4 : 1;
    }),
    response: method(
      "app.response",
      "cQuestion cTitle cDefault bPassword cLabel",
      function (question, title, usual, secret) {
        host("say", question);
        if (secret) note("asks for a password", [question, title]);
        return usual === undefined || usual === "" ? "text" : usual;
      },
    ),
    execDialog: method("app.execDialog", "monitor inheritDialog parentDoc", function (monitor) {
      const words = A.described(monitor && monitor.description);
      if (/password: true/i.test(words)) note("asks for a password", [words]);
      return dialogue(monitor || {});
    }),
    launchURL: method("app.launchURL", "cURL bNewFrame", function (url) {
      host("ask", "GET", url, "");
    }),
    openDoc: method("app.openDoc", "cPath oDoc cFS bHidden bUseConv cDest", function (path) {
      host("open", path);
      return A.otherDocument(path);
    }),
    newDoc: method("app.newDoc", "nWidth nHeight", function () {
      return A.otherDocument("Untitled.pdf");
    }),
    openFDF: method("app.openFDF", "cDIPath", function (path) {
      host("open", path);
      return A.fdf();
    }),
    newFDF: method("app.newFDF", "", function () {
      return A.fdf();
    }),
    newCollection: method("app.newCollection", "", function () {
      return A.otherDocument("Portfolio.pdf");
    }),
    mailMsg: method("app.mailMsg", "bUI cTo cCc cBcc cSubject cMsg", function (asks, to) {
      host("mail", asks !== false, to || "");
    }),
    mailGetAddrs: method("app.mailGetAddrs", "", function () {
      return undefined;
    }),
    execMenuItem: method("app.execMenuItem", "cMenuItem oDoc"),
    setTimeOut: later("app.setTimeOut", false),
    setInterval: later("app.setInterval", true),
    clearTimeOut: clear("app.clearTimeOut"),
    clearInterval: clear("app.clearInterval"),
    trustedFunction: method("app.trustedFunction", "oFunc", function (work) {
      return work;
    }),
    trustPropagatorFunction: method("app.trustPropagatorFunction", "oFunc", function (work) {
      return work;
    }),
    popUpMenu: method("app.popUpMenu", "", function (first) {
      return Array.isArray(first) ? first[1] : first;
    }),
    popUpMenuEx: method("app.popUpMenuEx", "", function (first) {
      return first && (first.cReturn || first.cName);
    }),
    getPath: method("app.getPath", "cCategory cFolder", function (category, folder) {
      return "/C/Program Files/Adobe/Acrobat DC/Acrobat/" + (folder || "javascript");
    }),
    getNthPlugInName: method("app.getNthPlugInName", "nIndex", function (index) {
      return facts.plugins[index];
    }),
    findComponent: method("app.findComponent", "cType cName cDesc cVer", function () {
      return true;
    }),
    browseForDoc: method("app.browseForDoc", "bSave cFilenameInit cFSInit", function () {
      return undefined;
    }),
    listMenuItems: method("app.listMenuItems", "", function () {
      return [];
    }),
    listToolbarButtons: method("app.listToolbarButtons", "", function () {
      return [];
    }),
    calculate: true,
    focusRect: true,
    formsVersion: facts.version,
    fromPDFConverters: ["com.adobe.acrobat.docx"],
    language: "ENU",
    numPlugIns: facts.plugins.length,
    openInPlace: false,
    platform: "WIN",
    printColorProfiles: [],
    printerNames: ["HP LaserJet", "Microsoft Print to PDF"],
    runtimeHighlight: true,
    runtimeHighlightColor: ["RGB", 0.8, 0.84, 1],
    toolbar: true,
    toolbarHorizontal: true,
    toolbarVertical: true,
    viewerType: "Reader",
    viewerVariation: "Reader",
    fullscreen: false,
    activeDocs: [globalThis],
    activeToolset: "",
    plugIns: facts.plugins.map(function (name) {
      return A.object("PlugIn", {
        name,
        path: "/C/Program Files/Adobe/Acrobat DC/Acrobat/plug_ins/" + name + ".api",
        certified: true,
        loaded: true,
        version: facts.version,
        valid: true,
      });
    }),
    fs: A.object("FullScreen", {
      backgroundColor: ["G", 0],
      clickAdvances: true,
      cursor: 0,
      defaultTransition: "",
      escapeExits: true,
      isFullScreen: false,
      loop: false,
      timeDelay: 5,
      transitions: ["Replace"],
      usePageTiming: true,
      useTimer: false,
    }),
    thermometer: idle(
      A.object("Thermometer", { cancelled: false, duration: 100, text: "", value: 0 }),
      "thermometer",
      "begin end",
    ),
    monitors: [
      A.object("Monitor", {
        colorDepth: 32,
        isPrimary: true,
        rect: [0, 0, 1920, 1080],
        workRect: [0, 0, 1920, 1040],
      }),
    ],
    constants: { align: { left: 0, center: 1, right: 2, top: 3, bottom: 4 } },
    capabilities: { bCanAutoUpdate: true },
  });
  app.monitors.primary = function () {
    return app.monitors[0];
  };
  A.described = function (part) {
    let words = "";
    try {
      words = JSON.stringify(part, function (key, value) {
        return typeof value === "function" ? undefined : value;
      });
    } catch (error) {
      words = "";
    }
    return String(words).replace(/"/g, "").replace(/:/g, ": ").slice(0, 2000);
  };
  Object.defineProperty(app, "viewerVersion", {
    enumerable: true,
    get: function () {
      host("version");
      return facts.version;
    },
  });
  idle(
    app,
    "app",
    "addMenuItem addSubMenu addToolButton beep beginPriv endPriv goBack goForward hideMenuItem " +
      "hideToolbarButton removeToolButton loadPolicyFile addToolset compareDocuments",
  );
  missing(app, "app", "newDocFromScan selectFolder");

  app.doc = globalThis;
  globalThis.app = app;
})(__acrobat);
