// The document, which is also the global object (JavaScript for Acrobat API Reference, "Doc",
// "Bookmark", "Data", "OCG", "Template").
(function (A) {
  "use strict";
  const { host, method, idle, missing, taken, facts } = A;

  // What is added at run time is run too, after everything else.
  A.later = [];
  A.added = function (where, script) {
    if (typeof script === "string") A.later.push(script);
  };

  function info(source) {
    const made = A.object("info", {});
    for (const key of Object.keys(source)) {
      let kept = source[key];
      const member = {
        enumerable: true,
        configurable: true,
        get: function () {
          return taken("information " + key, kept);
        },
        set: function (given) {
          kept = given;
        },
      };
      Object.defineProperty(made, key, member);
      if (key.toLowerCase() !== key)
        Object.defineProperty(made, key.toLowerCase(), Object.assign({}, member, { enumerable: false }));
    }
    return made;
  }

  function bookmark(fact, parent) {
    const made = A.object("Bookmark", {
      color: ["G", 0],
      doc: globalThis,
      name: fact.name,
      open: true,
      parent,
      style: 0,
    });
    made.children = fact.children.length
      ? fact.children.map(function (one) {
          return bookmark(one, made);
        })
      : null;
    return idle(made, "Bookmark", "createChild execute insertChild remove setAction");
  }

  function template(name) {
    const made = A.object("Template", { hidden: true, name });
    return Object.assign(idle(made, "Template", "spawn"), {
      spawn: function () {
        return [];
      },
    });
  }

  const layers = facts.layers.map(function (fact) {
    return A.object("OCG", {
      name: fact.name,
      state: fact.state,
      initState: fact.state,
      locked: false,
      constants: {},
      getIntent: function () {
        return ["View"];
      },
      setIntent: function () {},
      setAction: function () {},
    });
  });

  const doc = {
    author: facts.info.Author || "",
    baseURL: "",
    calculate: true,
    collab: false,
    creator: facts.info.Creator || "",
    creationDate: new Date(2026, 1, 3, 9, 30),
    modDate: new Date(2026, 1, 3, 9, 30),
    delay: false,
    dirty: false,
    disclosed: false,
    docID: ["0", "0"],
    documentFileName: facts.name,
    dynamicXFAForm: false,
    external: false,
    filesize: facts.size,
    hidden: false,
    hostContainer: null,
    icons: null,
    innerAppWindowRect: [0, 0, 1200, 900],
    innerDocWindowRect: [0, 0, 1200, 800],
    isModal: false,
    keywords: facts.info.Keywords || "",
    layout: "SinglePage",
    media: app.media,
    metadata: facts.metadata,
    mouseX: 100,
    mouseY: 100,
    noautocomplete: false,
    nocache: false,
    numPages: facts.pages,
    numTemplates: 0,
    outerAppWindowRect: [0, 0, 1280, 960],
    outerDocWindowRect: [0, 0, 1220, 820],
    pageNum: 0,
    pageWindowRect: [0, 0, 612, 792],
    path: facts.path,
    permStatusReady: true,
    producer: facts.info.Producer || "",
    requiresFullSave: false,
    securityHandler: null,
    selectedAnnots: [],
    sounds: [],
    spellDictionaryOrder: [],
    spellLanguageOrder: ["en_US"],
    templates: [],
    URL: "file:///" + facts.path.slice(1),
    viewState: {},
    XFAForeground: false,
    zoom: 100,
    zoomType: "FitWidth",
    bookmarkRoot: bookmark({ name: "Root", children: facts.bookmarks }, null),
    dataObjects: A.attached.length ? A.attached : null,

    getField: function (name) {
      return A.field(name);
    },
    getNthFieldName: function (index) {
      return A.fieldNames()[index];
    },
    addField: method("addField", "cName cFieldType nPageNum oCoords", function (name, type, page, rect) {
      return A.addField(A.bareField(String(name), type || "text", page || 0, rect || [], true));
    }),
    removeField: method("removeField", "cName", function (name) {
      A.removeField(String(name));
    }),
    resetForm: function (names) {
      const wanted = names === undefined || names === null ? A.fieldNames() : [].concat(names.aFields || names);
      wanted.forEach(function (name) {
        const one = A.field(name);
        if (one && one.type !== "button") one.value = one.defaultValue;
      });
    },
    calculateNow: function () {},
    syncAnnotScan: method("syncAnnotScan", ""),
    getAnnots: method("getAnnots", "nPage nSortBy bReverse nFilterBy", function (page) {
      const found = A.annotationsOf(page);
      return found.length ? found : null;
    }),
    getAnnot: method("getAnnot", "nPage cName", function (page, name) {
      return (
        A.annotationsOf(page).find(function (one) {
          return one.name === name;
        }) || null
      );
    }),
    addAnnot: method("addAnnot", "", function (all) {
      return A.addAnnotation(all);
    }),
    getAnnots3D: function () {
      return undefined;
    },
    getAnnot3D: function () {
      return null;
    },
    getPageNumWords: method("getPageNumWords", "nPage", function (page) {
      return A.words(page || 0).length;
    }),
    getPageNthWord: function (page, index, strip) {
      const [at, nth] = typeof page === "object" && page ? [page.nPage, page.nWord] : [page, index];
      A.words(at || 0);
      if (strip === undefined) strip = true;
      return A.words(at || 0)[nth || 0];
    },
    getPageNthWordQuads: method("getPageNthWordQuads", "nPage nWord", function () {
      return [[0, 0, 10, 0, 0, 10, 10, 10]];
    }),
    selectPageNthWord: function () {},
    getPageBox: function () {
      return [0, facts.height, facts.width, 0];
    },
    getPageLabel: function (page) {
      return String((typeof page === "number" ? page : 0) + 1);
    },
    getPageRotation: function () {
      return 0;
    },
    getPageTransition: function () {
      return [-1, "", 1];
    },
    getLinks: method("getLinks", "nPage oCoords", function () {
      return [];
    }),
    getOCGs: function () {
      return layers.length ? layers : null;
    },
    getOCGOrder: function () {
      return layers;
    },
    getPrintParams: function () {
      return A.object("PrintParams", {
        interactive: 0,
        printContent: 0,
        printRange: [],
        flags: 0,
        numCopies: 1,
        pageHandling: 1,
        duplexType: 0,
        printerName: "",
        firstPage: 0,
        lastPage: facts.pages - 1,
        constants: new Proxy(
          {},
          {
            get: function () {
              return new Proxy(
                {},
                {
                  get: function () {
                    return 0;
                  },
                },
              );
            },
          },
        ),
      });
    },
    getTemplate: method("getTemplate", "cName", template),
    getNthTemplate: function () {
      return undefined;
    },
    getIcon: function () {
      return null;
    },
    getSound: function () {
      return null;
    },
    getLegalWarnings: function () {
      return {};
    },
    getColorConvertAction: function () {
      return {};
    },
    getURL: method("getURL", "cURL bAppend", function (url) {
      host("ask", "GET", url, "");
    }),
    submitForm: method(
      "submitForm",
      "cURL bFDF bEmpty aFields bGet bAnnotations bXML bIncrChanges bPDF bCanonical bExclNonUserKeys " +
      "bExclSubmitCoords cPassword bEmbedForm oJavaScript cSubmitAs",
      function (url) {
        host("submit", url);
      },
    ),
    mailDoc: method("mailDoc", "bUI cTo cCc cBcc cSubject cMsg", function (asks, to) {
      host("mail", asks !== false, to || "");
    }),
    mailForm: method("mailForm", "bUI cTo cCc cBcc cSubject cMsg", function (asks, to) {
      host("mail", asks !== false, to || "");
    }),
    print: method(
      "print",
      "bUI nStart nEnd bSilent bShrinkToFit bPrintAsImage bReverse bAnnotations printParams",
      function () {},
    ),
    printSeps: method("printSeps", "", function () {}),
    saveAs: method("saveAs", "cPath cConvID cFS bCopy bPromptToOverwrite", function (path) {
      host("save", path);
    }),
    addScript: method("addScript", "cName cScript", function (name, script) {
      A.added("document script " + name, script);
    }),
    setAction: method("setAction", "cTrigger cScript", function (trigger, script) {
      A.added("document " + trigger, script);
    }),
    setPageAction: method("setPageAction", "nPage cTrigger cScript", function (page, trigger, script) {
      A.added("page " + trigger, script);
    }),
    closeDoc: method("closeDoc", "bNoSave"),
    addLink: method("addLink", "nPage oCoords", function () {
      return idle(A.object("Link", { borderColor: [], rect: [] }), "Link", "setAction");
    }),
    addWeblinks: method("addWeblinks", "nStart nEnd", function () {
      return 0;
    }),
    removeWeblinks: method("removeWeblinks", "nStart nEnd", function () {
      return 0;
    }),
  };
  Object.assign(doc, A.docFiles);
  idle(
    doc,
    "Doc",
    "addIcon addRequirement addThumbnails addWatermarkFromFile addWatermarkFromText bringToFront colorConvertPage " +
      "createTemplate deletePages deleteSound flattenPages gotoNamedDest movePage newPage removeIcon " +
      "removeLinks removePreflightAuditTrail " +
      "removeRequirement removeScript removeTemplate removeThumbnails scroll setOCGOrder setPageBoxes " +
      "setPageLabels setPageRotations " +
      "setPageTabOrder setPageTransitions spawnPageFromTemplate validatePreflightAuditTrail " +
      "addRecipientListCryptFilter certifyInvisibleSign " +
      "embedOutputIntent encryptForRecipients encryptUsingPolicy timestampSign applyRedactions addNewField " +
      "deactivateComments",
  );
  missing(doc, "Doc", "preflight getPreflightAuditTrail");

  const pages = new Map();
  A.words = function (page) {
    if (!pages.has(page)) {
      pages.set(page, host("words", page));
      taken("words of page " + page, pages.get(page).join(" "));
    }
    return pages.get(page);
  };
  A.otherDocument = function (path) {
    const other = A.object(
      "Doc",
      Object.assign({}, doc, {
        path: String(path),
        documentFileName: String(path).split(/[\\/]/).pop(),
        disclosed: false,
      }),
    );
    other.info = info({});
    other.numFields = 0;
    other.getField = function () {
      return null;
    };
    return other;
  };
  Object.assign(globalThis, doc);
  for (const key of ["Title", "Subject"]) {
    Object.defineProperty(globalThis, key.toLowerCase(), {
      enumerable: true,
      configurable: true,
      writable: true,
      value: facts.info[key] || "",
    });
  }
  globalThis.info = info(
    Object.assign(
      { Title: "", Author: "", Subject: "", Keywords: "", Creator: "", Producer: "", CreationDate: "", ModDate: "" },
      facts.info,
    ),
  );
  globalThis.info.Authors = globalThis.info.authors = facts.info.Author ? facts.info.Author.split(/; */) : [];
  for (const key of ["author", "creator", "keywords", "producer", "subject", "title"]) {
    const long = facts.info[key[0].toUpperCase() + key.slice(1)];
    if (typeof long === "string" && long.length >= 1000) {
      Object.defineProperty(globalThis, key, {
        configurable: true,
        enumerable: true,
        get: function () {
          return taken("information " + key, long);
        },
        set: function () {},
      });
    }
  }
  Object.defineProperty(globalThis, "numFields", {
    configurable: true,
    get: function () {
      return A.fieldNames().length;
    },
  });
  Object.defineProperty(globalThis, "__name", { value: "Doc" });
})(__acrobat);
