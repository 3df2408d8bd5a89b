// Net and SOAP (JavaScript for Acrobat API Reference, "Net", "Net.HTTP", "SOAP").
(function (A) {
  "use strict";
  const { host, method, missing } = A;

  globalThis.Net = A.object("Net", {
    HTTP: A.object("Net.HTTP", {
      request: method(
        "Net.HTTP.request",
        "cVerb cURL aHeaders oRequest oHandler",
        function (verb, url, headers, body, handler) {
          const answer = host("ask", verb || "GET", url, body ? A.textOf(body) : "");
          if (handler && typeof handler.response === "function")
            handler.response(A.stream(answer), url, undefined, []);
        },
      ),
    }),
    Discovery: missing({}, "Net.Discovery", "queryServices resolveService"),
    streamDecode: method("Net.streamDecode", "oStream cEncoder", function (stream, encoder) {
      return A.stream(A.decoded(stream, encoder));
    }),
    streamEncode: method("Net.streamEncode", "oStream cEncoder", function (stream) {
      return A.stream(A.textOf(stream));
    }),
    streamDigest: method("Net.streamDigest", "oStream cEncoder", function () {
      return A.stream("0123456789abcdef");
    }),
  });
  globalThis.SOAP = A.object(
    "SOAP",
    Object.assign(
      {
        connect: method("SOAP.connect", "cURL", function (url) {
          host("ask", "GET", url, "");
          return new Proxy(
            {},
            {
              get: function (_, name) {
                return typeof name === "symbol"
                  ? undefined
                  : method("SOAP service." + String(name), "", function () {
                      return host("ask", "POST", url, String(name));
                    });
              },
            },
          );
        }),
        request: method("SOAP.request", "cURL oRequest oAsync cAction", function (url, request) {
          return { "soap:result": host("ask", "POST", url, A.shown(request)) };
        }),
        response: method("SOAP.response", "cURL oRequest cAction", function (url, request) {
          host("ask", "POST", url, A.shown(request));
        }),
        wireDump: false,
        stringFromStream: globalThis.util.stringFromStream,
        streamFromString: globalThis.util.streamFromString,
        streamDecode: globalThis.Net.streamDecode,
        streamEncode: globalThis.Net.streamEncode,
        streamDigest: globalThis.Net.streamDigest,
      },
      missing({}, "SOAP", "queryServices resolveService"),
    ),
  );
})(__acrobat);
