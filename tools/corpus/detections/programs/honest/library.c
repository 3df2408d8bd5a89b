/* build: dll */
#include <windows.h>
BOOL WINAPI DllMain(HINSTANCE self, DWORD why, LPVOID kept) {
    if (why == DLL_PROCESS_ATTACH) DisableThreadLibraryCalls(self);
    return TRUE;
}
__declspec(dllexport) int Add(int first, int second) { return first + second; }
__declspec(dllexport) unsigned Checksum(const unsigned char *data, unsigned size) {
    unsigned sum = 1;
    for (unsigned i = 0; data && size < 1000 && i < size; i++) sum = sum * 31 + data[i];
    return sum;
}
