// app.media (JavaScript for Acrobat API Reference, "app.media", "MediaPlayer").
(function (A) {
  "use strict";
  const { host, method, idle, facts } = A;

  const media = A.object("app.media", {
    newPlayer: method("media.newPlayer", "args", function (args) {
      if (args === null || args === undefined) throw new TypeError("Invalid argument");
      return player();
    }),
    openPlayer: method("app.media.openPlayer", "args", function () {
      return player();
    }),
    createPlayer: method("app.media.createPlayer", "args", function () {
      return player();
    }),
    startPlayer: method("app.media.startPlayer", "args", function () {
      return player();
    }),
    getPlayers: method("app.media.getPlayers", "cMIMEType", function () {
      return [];
    }),
    getURLData: method("app.media.getURLData", "cURL cMIMEType", function (url) {
      host("ask", "GET", url, "");
      return {};
    }),
    getURLSettings: method("app.media.getURLSettings", "args", function () {
      return {};
    }),
    getFileData: method("app.media.getFileData", "cPath cMIMEType", function (path) {
      host("open", path);
      return {};
    }),
    canPlayOrAlert: function () {
      return true;
    },
    trace: false,
    version: facts.version,
    defaultVisible: true,
    align: {},
    canResize: {},
    closeReason: {},
    ifOffScreen: {},
    layout: {},
    monitorType: {},
    openCode: {},
    over: {},
    pageEventNames: {},
    raiseCode: {},
    raiseSystem: {},
    renditionType: {},
    status: {},
    trigger: {},
    windowType: {},
  });
  idle(
    media,
    "app.media",
    "addStockEvents removeStockEvents alertFileNotFound alertSelectFailed argsDWIM " +
      "computeFloatWinRect constrainRectToScreen getAltTextData getAltTextSettings getAnnotStockEvents " +
      "getAnnotTraceEvents getPlayerStockEvents getPlayerTraceEvents getRenditionSettings priv",
  );
  function player() {
    return idle(
      A.object("MediaPlayer", {
        isOpen: true,
        isPlaying: false,
        visible: true,
        settings: {},
        events: { add: function () {}, remove: function () {}, dispatch: function () {} },
      }),
      "MediaPlayer",
      "play stop pause close open seek setFocus triggerGetRect where",
    );
  }
  app.media = media;
  globalThis.media = media;
})(__acrobat);
