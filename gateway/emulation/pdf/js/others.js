// Everything beside app, doc and util: Collab, global, security, spell, search, ADBC, FDF, XMLData and
// the constants (JavaScript for Acrobat API Reference, chapters of the same names).
(function (A) {
  "use strict";
  const { host, method, idle, missing, note } = A;
  const g = globalThis;

  g.Collab = idle(
    A.object("Collab", {
      user: "anna",
      documentToStream: method("Collab.documentToStream", "oDocument", function () {
        return A.stream("%PDF-1.7");
      }),
      collectEmailInfo: method("Collab.collectEmailInfo", "msg subj", function () {
        return null;
      }),
      getIcon: method("Collab.getIcon", "cName", function () {
        return null;
      }),
      isDocCollabEnabled: function () {
        return false;
      },
      isOutlook: function () {
        return true;
      },
      uriToDIPath: function (uri) {
        return uri;
      },
      hasAnnots4Export: function () {
        return false;
      },
    }),
    "Collab",
    "addStateModel removeStateModel getStateInModel transitionToState registerApproval unregisterApproval " +
      "showAnnotToolsWhenNoCollab finalApprovalEmail addAnnotStore addReviewFolder addReviewServer " +
      "setStoreSettings documentCenterLogin " +
      "alertWithHelp createDoc swConnect swSendVerifyEmail bringToFront",
  );

  g.global = idle(A.object("global", {}), "global", "setPersistent subscribe");
  g.identity = A.object("identity", {});
  g.security = idle(
    A.object("security", {
      handlers: ["Adobe.APS"],
      validateSignaturesOnOpen: true,
      StandardHandler: "Adobe.Standard",
      PPKLiteHandler: "Adobe.PPKLite",
      getHandler: method("security.getHandler", "cName bUIEngine", function () {
        return idle(
          A.object("SecurityHandler", {
            isLoggedIn: false,
            name: "Adobe.PPKLite",
            digitalIDs: [],
            directories: [],
            signAuthor: false,
          }),
          "SecurityHandler",
          "login logout newUser newDirectory setPasswordTimeout",
        );
      }),
      getSecurityPolicies: function () {
        return [];
      },
      chooseRecipientsDialog: method("security.chooseRecipientsDialog", "oOptions"),
      importFromFile: method("security.importFromFile", "cType cDIPath", function (type, path) {
        host("open", path || "a file that the user picks");
        return {};
      }),
    }),
    "security",
    "exportToFile chooseSecurityPolicy",
  );
  g.spell = idle(
    A.object("spell", {
      available: true,
      dictionaryNames: [],
      dictionaryOrder: [],
      domainNames: [],
      languages: ["en_US"],
      languageOrder: ["en_US"],
      check: method("spell.check", "aDomain aDictionary", function () {
        return true;
      }),
      checkText: function (text) {
        return text;
      },
      checkWord: function () {
        return null;
      },
      userWords: function () {
        return [];
      },
      customDictionaryOpen: method("spell.customDictionaryOpen", "cDIPath cName", function () {
        return true;
      }),
      customDictionaryCreate: method("spell.customDictionaryCreate", "cName", function () {
        return true;
      }),
    }),
    "spell",
    "addDictionary removeDictionary addWord removeWord customDictionaryClose customDictionaryDelete " +
    "customDictionaryExport ignoreAll",
  );
  g.search = idle(
    A.object("search", { available: true, indexes: [], matchCase: false, maxDocs: 100 }),
    "search",
    "query addIndex removeIndex getIndexForPath",
  );
  g.catalog = missing(A.object("catalog", { isIdle: true, jobs: [] }), "catalog", "getIndex remove");
  g.tts = idle(
    A.object("tts", { available: false, numSpeakers: 0, speaker: "", pitch: 1, speechRate: 150, volume: 5 }),
    "tts",
    "getNthSpeakerName pause qSilence qSound qText reset resume stop talk",
  );
  g.RSS = idle(
    A.object("RSS", {
      addFeed: method("RSS.addFeed", "cURL cName", function (settings) {
        host("ask", "GET", (settings && settings.cURL) || settings, "");
      }),
    }),
    "RSS",
    "getFeed importFeeds exportFeeds",
  );
  g.ADBC = A.object("ADBC", {
    getDataSourceList: method("ADBC.getDataSourceList", "", function () {
      return [];
    }),
    newConnection: method("ADBC.newConnection", "cDSN cUID cPWD", function (name) {
      host("ask", "GET", "odbc://" + name, "");
      return null;
    }),
    SQLT: {},
    SQLQuery: 0,
  });
  g.XMLData = A.object("XMLData", {
    parse: method("XMLData.parse", "param1 param2", function () {
      return A.model("XMLData node");
    }),
    applyXPath: method("XMLData.applyXPath", "oXml cXPath", function () {
      return A.model("XMLData node");
    }),
  });
  A.fdf = function () {
    return idle(
      A.object("FDF", { isSigned: false, numEmbeddedFiles: 0, deleteOption: 0 }),
      "FDF",
      "addContact addEmbeddedFile addRequest close mail save signatureClear signatureSign signatureValidate",
    );
  };
  g.Template = function () {};
  g.dbg = idle(A.object("dbg", { bps: [] }), "dbg", "c cb q sb si sn so sv");
  g.Preflight = missing(
    A.object("Preflight", {}),
    "Preflight",
    "createPreflightObject getProfileByName getNumProfiles",
  );

  // An object that takes any name: for trees that only a reader builds (XFA's).
  // Scripts with a name are found wherever in the tree they are looked for.
  A.libraries = Object.create(null);
  A.model = function (name) {
    const kept = Object.create(null);
    return new Proxy(function () {}, {
      get: function (target, key) {
        if (key === Symbol.toPrimitive)
          return function () {
            return "";
          };
        if (typeof key === "symbol") return undefined;
        if (key === "__name") return name;
        if (key === "toString" || key === "valueOf")
          return function () {
            return "";
          };
        if (key === "rawValue" || (key === "value" && !(key in kept))) return key in kept ? kept[key] : null;
        if (key === "length") return 0;
        if (key in A.libraries) return A.libraries[key];
        if (!(key in kept)) kept[key] = A.model(name + "." + key);
        return kept[key];
      },
      set: function (target, key, value) {
        kept[key] = value;
        return true;
      },
      has: function () {
        return true;
      },
      apply: function (target, self, given) {
        if (given.length) note(name, given);
        return A.model(name);
      },
      construct: function () {
        return A.model(name);
      },
    });
  };

  g.border = { s: "solid", b: "beveled", d: "dashed", i: "inset", u: "underline" };
  g.cursor = { visible: 0, hidden: 1, delay: 2 };
  g.display = { visible: 0, hidden: 1, noPrint: 2, noView: 3 };
  g.font = {
    Times: "Times-Roman",
    TimesB: "Times-Bold",
    TimesI: "Times-Italic",
    TimesBI: "Times-BoldItalic",
    Helv: "Helvetica",
    HelvB: "Helvetica-Bold",
    HelvI: "Helvetica-Oblique",
    HelvBI: "Helvetica-BoldOblique",
    Cour: "Courier",
    CourB: "Courier-Bold",
    CourI: "Courier-Oblique",
    CourBI: "Courier-BoldOblique",
    Symbol: "Symbol",
    ZapfD: "ZapfDingbats",
    KaGo: "HeiseiKakuGo-W5-UniJIS-UCS2-H",
    KaMi: "HeiseiMin-W3-UniJIS-UCS2-H",
  };
  g.highlight = { n: "none", i: "invert", p: "push", o: "outline" };
  g.position = { textOnly: 0, iconOnly: 1, iconTextV: 2, textIconV: 3, iconTextH: 4, textIconH: 5, overlay: 6 };
  g.scaleHow = { proportional: 0, anamorphic: 1 };
  g.scaleWhen = { always: 0, never: 1, tooBig: 2, tooSmall: 3 };
  g.style = { ch: "check", cr: "cross", di: "diamond", ci: "circle", st: "star", sq: "square" };
  g.trans = { replace: "Replace" };
  g.zoomtype = {
    none: "NoVary",
    fitP: "FitPage",
    fitW: "FitWidth",
    fitH: "FitHeight",
    fitV: "FitVisibleWidth",
    pref: "Preferred",
    refW: "ReflowWidth",
  };
  const color = {
    transparent: ["T"],
    black: ["G", 0],
    white: ["G", 1],
    red: ["RGB", 1, 0, 0],
    green: ["RGB", 0, 1, 0],
    blue: ["RGB", 0, 0, 1],
    cyan: ["CMYK", 1, 0, 0, 0],
    magenta: ["CMYK", 0, 1, 0, 0],
    yellow: ["CMYK", 0, 0, 1, 0],
    dkGray: ["G", 0.25],
    gray: ["G", 0.5],
    ltGray: ["G", 0.75],
  };
  color.convert = function (value, space) {
    return [space].concat(Array.from(value).slice(1));
  };
  color.equal = function (one, other) {
    return String(one) === String(other);
  };
  g.color = color;
  g.xfa_installed = true;
  g.xfa_version = 3.3;
  g.IDS_GREATER_THAN = g.IDS_LESS_THAN = g.IDS_INVALID_DATE = g.IDS_INVALID_MONTH = "";
})(__acrobat);
