// Form fields (JavaScript for Acrobat API Reference, "Field").
(function (A) {
  "use strict";
  const { host, method, taken, facts } = A;
  const PLAIN_NUMBER = /^-?(0|[1-9]\d{0,14})(\.\d+)?$/;
  const fields = new Map(),
    byPrefix = new Map();

  // A field's value as scripts see it: what looks like a number is one.
  function typed(text) {
    return typeof text === "string" && PLAIN_NUMBER.test(text) ? Number(text) : text;
  }

  // What the machine tells of a field that has nothing set.
  A.bareField = function (name, type, page, rect, editable) {
    return {
      name: name,
      type: type,
      page: page,
      rect: rect,
      editable: editable,
      readonly: false,
      required: false,
      multiline: false,
      password: false,
      limit: 0,
      tooltip: "",
      initial: "",
      display: 0,
      exports: [],
      order: 0,
      items: [],
      value: "",
    };
  };

  function field(fact) {
    let value = fact.value,
      caption = fact.caption || "";
    const made = A.object("Field", {
      name: fact.name,
      type: fact.type,
      page: fact.page,
      rect: fact.rect,
      readonly: fact.readonly,
      required: fact.required,
      multiline: fact.multiline,
      password: fact.password,
      charLimit: fact.limit,
      userName: fact.tooltip,
      defaultValue: fact.initial,
      display: fact.display,
      exportValues: fact.exports,
      doc: globalThis,
      delay: false,
      editable: fact.editable,
      comb: false,
      fileSelect: false,
      richText: false,
      doNotScroll: false,
      doNotSpellCheck: false,
      multipleSelection: false,
      commitOnSelChange: false,
      alignment: "left",
      borderStyle: "solid",
      buttonAlignX: 50,
      buttonAlignY: 50,
      buttonFitBounds: false,
      buttonPosition: 0,
      buttonScaleHow: 0,
      buttonScaleWhen: 0,
      calcOrderIndex: fact.order,
      defaultStyle: {},
      fillColor: ["T"],
      highlight: "invert",
      lineWidth: 1,
      lineHeight: 0,
      print: true,
      radiosInUnison: false,
      richValue: [],
      rotation: 0,
      strokeColor: ["T"],
      style: "check",
      submitName: "",
      textColor: ["G", 0],
      textFont: "Helvetica",
      textSize: 0,
      source: globalThis,
      subtype: "Widget",
      numItems: fact.items.length,
    });
    Object.defineProperties(made, {
      value: {
        enumerable: true,
        configurable: true,
        get: function () {
          return typed(taken("field " + fact.name, value));
        },
        set: function (given) {
          value = given === null || given === undefined ? "" : typeof given === "object" ? given : String(given);
        },
      },
      valueAsString: {
        enumerable: true,
        get: function () {
          return taken("field " + fact.name, String(value));
        },
      },
      hidden: {
        enumerable: true,
        configurable: true,
        get: function () {
          return made.display === 1;
        },
        set: function (on) {
          made.display = on ? 1 : 0;
        },
      },
      currentValueIndices: {
        enumerable: true,
        get: function () {
          return fact.items.findIndex(function (item) {
            return item[1] === String(value) || item[0] === String(value);
          });
        },
        set: function (index) {
          const item = fact.items[Array.isArray(index) ? index[0] : index];
          if (item) value = item[1];
        },
      },
    });
    return Object.assign(made, {
      getArray: function () {
        return [made];
      },
      isBoxChecked: function (widget) {
        return fact.exports.length > 1 ? value === fact.exports[widget] : value !== "Off" && value !== "";
      },
      isDefaultChecked: function () {
        return fact.initial !== "" && fact.initial !== "Off";
      },
      defaultIsChecked: function () {},
      checkThisBox: function (widget, on) {
        value = on === false ? "Off" : fact.exports[widget || 0] || "Yes";
      },
      getItemAt: function (index, exported) {
        const item = fact.items[index < 0 ? fact.items.length - 1 : index];
        return item ? typed(exported === false ? item[0] : item[1]) : undefined;
      },
      setItems: function (items) {
        fact.items = items.map(function (item) {
          return Array.isArray(item) ? [item[0], String(item[1])] : [item, String(item)];
        });
        made.numItems = fact.items.length;
        value = fact.items.length ? fact.items[0][1] : "";
      },
      clearItems: function () {
        fact.items = [];
        made.numItems = 0;
        value = "";
      },
      insertItemAt: function (name, exported, index) {
        fact.items.splice(index === -1 || index === undefined ? fact.items.length : index, 0, [
          name,
          String(exported === undefined ? name : exported),
        ]);
        made.numItems = fact.items.length;
      },
      deleteItemAt: function (index) {
        fact.items.splice(index, 1);
        made.numItems = fact.items.length;
      },
      setAction: method("Field.setAction", "cTrigger cScript", function (trigger, script) {
        A.added("field " + fact.name + " " + trigger, script);
      }),
      setFocus: function () {},
      buttonGetCaption: function () {
        return taken("caption of " + fact.name, caption);
      },
      buttonSetCaption: function (words) {
        caption = words;
      },
      buttonGetIcon: function () {
        return A.object("Icon", { name: "" });
      },
      buttonSetIcon: function () {},
      buttonImportIcon: method("Field.buttonImportIcon", "cPath nPage", function (path) {
        if (path) host("open", path);
        return 0;
      }),
      browseForFileToSubmit: method("Field.browseForFileToSubmit", ""),
      getLock: function () {
        return undefined;
      },
      setLock: function () {
        return true;
      },
      signatureInfo: function () {
        return { status: 1, name: "", date: new Date() };
      },
      signatureValidate: function () {
        return 1;
      },
      signatureSetSeedValue: function () {},
      signatureGetSeedValue: function () {
        return {};
      },
      signatureGetModifications: function () {
        return {};
      },
      signatureSign: method("Field.signatureSign", "oSig oInfo cDIPath bUI", function () {
        return true;
      }),
    });
  }

  A.addField = function (fact) {
    const made = field(fact);
    fields.set(fact.name, made);
    const parts = fact.name.split(".");
    for (let count = 1; count < parts.length; count++) {
      const prefix = parts.slice(0, count).join(".");
      if (!byPrefix.has(prefix)) byPrefix.set(prefix, []);
      byPrefix.get(prefix).push(made);
    }
    return made;
  };
  facts.fields.forEach(A.addField);

  A.fieldNames = function () {
    return Array.from(fields.keys());
  };
  A.removeField = function (name) {
    fields.delete(name);
  };
  A.field = function (name) {
    const text = String(name).replace(/\.(\d+)$/, function (all, number) {
      return fields.has(String(name)) || byPrefix.has(String(name)) ? all : "";
    });
    if (fields.has(text)) return fields.get(text);
    const below = byPrefix.get(text);
    if (!below) return null;
    const parent = field(A.bareField(text, "", -1, [], false));
    parent.getArray = function () {
      return below.slice();
    };
    for (const name of ["display", "hidden", "readonly", "required", "fillColor", "textColor"]) {
      let kept = parent[name];
      Object.defineProperty(parent, name, {
        enumerable: true,
        configurable: true,
        get: function () {
          return kept;
        },
        set: function (given) {
          kept = given;
          below.forEach(function (one) {
            one[name] = given;
          });
        },
      });
    }
    return parent;
  };
})(__acrobat);
