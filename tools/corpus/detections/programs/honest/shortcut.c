/* libs: -lole32 -luuid */
#define COBJMACROS
#include <stdio.h>
#include <windows.h>
#include <shlobj.h>

int main(void) {
    IShellLinkA *link = NULL;
    IPersistFile *file = NULL;
    char path[MAX_PATH];
    CoInitialize(NULL);
    if (FAILED(CoCreateInstance(&CLSID_ShellLink, NULL, CLSCTX_INPROC_SERVER, &IID_IShellLinkA,
                                (void **)&link)))
        return 1;
    IShellLinkA_SetPath(link, "C:\\Program Files\\Tool\\tool.exe");
    IShellLinkA_SetArguments(link, "/start");
    IShellLinkA_SetIconLocation(link, "C:\\Program Files\\Tool\\tool.exe", 0);
    IShellLinkA_GetPath(link, path, sizeof path, NULL, 0);
    IShellLinkA_QueryInterface(link, &IID_IPersistFile, (void **)&file);
    printf("%s: %08lx\n", path, IPersistFile_Save(file, L"C:\\Users\\anna\\Desktop\\Tool.lnk", TRUE));
    IPersistFile_Release(file);
    IShellLinkA_Release(link);
    CoUninitialize();
    return 0;
}
