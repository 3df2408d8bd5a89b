// Annotations (JavaScript for Acrobat API Reference, "Annotation").
(function (A) {
  "use strict";
  const { taken, facts } = A;

  function annotation(fact) {
    const made = A.object("Annotation", {
      page: fact.page,
      type: fact.type,
      name: fact.name,
      rect: fact.rect,
      modDate: new Date(),
      creationDate: new Date(),
      hidden: false,
      print: true,
      readOnly: false,
      opacity: 1,
      strokeColor: ["RGB", 1, 1, 0],
      doc: globalThis,
      popupOpen: false,
      state: "",
      stateModel: "",
      refType: "R",
      inReplyTo: "",
      style: "S",
      width: 1,
      richContents: [],
      fillColor: ["T"],
    });
    for (const [key, text] of [
      ["contents", fact.contents],
      ["subject", fact.subject],
      ["author", fact.author],
    ]) {
      let kept = text;
      Object.defineProperty(made, key, {
        enumerable: true,
        configurable: true,
        get: function () {
          return taken("annotation " + key, kept);
        },
        set: function (given) {
          kept = given;
        },
      });
    }
    return Object.assign(made, {
      destroy: function () {},
      setProps: function (all) {
        Object.assign(made, all);
      },
      getProps: function () {
        return {
          type: made.type,
          page: made.page,
          rect: made.rect,
          contents: made.contents,
          subject: made.subject,
          author: made.author,
          name: made.name,
        };
      },
      getStateInModel: function () {
        return [];
      },
      transitionToState: function () {},
      getDictionaryString: function () {
        return fact.contents;
      },
    });
  }
  const annotations = facts.annotations.map(annotation);
  A.annotation = annotation;
  A.annotationsOf = function (page) {
    return annotations.filter(function (one) {
      return page === undefined || page === null || one.page === page;
    });
  };
  A.addAnnotation = function (all) {
    const made = annotation({ page: 0, type: "Text", name: "", rect: [], contents: "", subject: "", author: "" });
    Object.assign(made, all);
    annotations.push(made);
    return made;
  };
})(__acrobat);
