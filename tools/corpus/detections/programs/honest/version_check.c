/* libs: -lwininet */
#include <windows.h>
#include <wininet.h>
#include <stdio.h>
int main(void) {
    char answer[200];
    DWORD got = 0;
    HINTERNET net = InternetOpenA("Planner/2.1", INTERNET_OPEN_TYPE_PRECONFIG, NULL, NULL, 0);
    HINTERNET page = InternetOpenUrlA(net, "https://updates.planner.example/version.txt", NULL, 0, 0, 0);
    if (page && InternetReadFile(page, answer, sizeof answer - 1, &got)) { answer[got] = 0; printf("newest: %s\n", answer); }
    InternetCloseHandle(page);
    InternetCloseHandle(net);
    return 0;
}
