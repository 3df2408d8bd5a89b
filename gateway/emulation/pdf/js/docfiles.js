// Files that a document carries, takes in and gives out (JavaScript for Acrobat API Reference, "Doc", "Data").
(function (A) {
  "use strict";
  const { host, method, taken, facts } = A;
  const PICKED = "a file that the user picks";

  A.attached = facts.embedded.map(function (fact) {
    return A.object("Data", {
      name: fact.name,
      path: fact.path,
      MIMEType: fact.mime,
      size: fact.size,
      description: fact.description,
      creationDate: new Date(),
      modDate: new Date(),
    });
  });
  const own = new Map();
  A.docFiles = {
    openDataObject: method("openDataObject", "cName", function (name) {
      host("attached", name, 2, "");
      return A.otherDocument(name);
    }),
    exportDataObject: method(
      "exportDataObject",
      "cName cDIPath bAllowAuth nLaunch",
      function (name, path, allowed, launch) {
        if (own.has(name)) host("saved", name, A.textOf(own.get(name)), Number(launch) || 0);
        else host("attached", name, Number(launch) || 0, path || "");
      },
    ),
    createDataObject: method("createDataObject", "cName cValue cMIMEType cCrypt", function (name, value) {
      own.set(name, A.stream(String(value)));
    }),
    setDataObjectContents: method("setDataObjectContents", "cName oStream cCrypt", function (name, stream) {
      own.set(name, stream);
    }),
    getDataObjectContents: method("getDataObjectContents", "cName bAllowAuth", function (name) {
      return own.get(name) || A.stream(taken("attached file " + name, host("bytes", name)));
    }),
    getDataObject: method("getDataObject", "cName", function (name) {
      const found = A.attached.find(function (one) {
        return one.name === name || one.path === name;
      });
      if (!found && !own.has(name)) throw new Error("no such data object");
      return found || A.object("Data", { name, path: name, size: A.textOf(own.get(name)).length, MIMEType: "" });
    }),
    importDataObject: method("importDataObject", "cName cDIPath cCrypt", function (name, path) {
      host("open", path || PICKED);
      own.set(name, A.stream(""));
      return true;
    }),
    removeDataObject: method("removeDataObject", "cName", function (name) {
      own.delete(name);
    }),
    embedDocAsDataObject: method("embedDocAsDataObject", "cName oDoc cCrypt bUI", function () {
      return true;
    }),
    importAnFDF: method("importAnFDF", "cPath", function (path) {
      host("open", path || PICKED);
    }),
    importAnXFDF: method("importAnXFDF", "cPath", function (path) {
      host("open", path || PICKED);
    }),
    importTextData: method("importTextData", "cPath nRow", function (path) {
      host("open", path || PICKED);
      return 0;
    }),
    importXFAData: method("importXFAData", "cPath", function (path) {
      host("open", path || PICKED);
    }),
    importIcon: method("importIcon", "cName cDIPath nPage", function (name, path) {
      host("open", path || PICKED);
      return 0;
    }),
    importSound: method("importSound", "cName cDIPath", function (name, path) {
      host("open", path || PICKED);
    }),
    exportAsFDFStr: method("exportAsFDFStr", "", function () {
      return "%FDF-1.2";
    }),
    exportAsXFDFStr: method("exportAsXFDFStr", "", function () {
      return "<xfdf/>";
    }),
    extractPages: method("extractPages", "nStart nEnd cPath", function (first, last, path) {
      if (path) host("save", path);
      return A.otherDocument(path || "Untitled.pdf");
    }),
    insertPages: method("insertPages", "nPage cPath nStart nEnd", function (page, path) {
      host("open", path);
    }),
    replacePages: method("replacePages", "nPage cPath nStart nEnd", function (page, path) {
      host("open", path);
    }),
  };
  for (const name of ["exportAsFDF", "exportAsXFDF", "exportAsText", "exportXFAData"]) {
    A.docFiles[name] = method(name, "", function () {
      host("save", "a place that the user picks");
    });
  }
})(__acrobat);
