/* Installs and starts a service whose program does not exist. */
#include <windows.h>
int main(void) {
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE made = CreateServiceA(manager, "WinHelperSvc", "Windows Helper", SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
                                    SERVICE_AUTO_START, SERVICE_ERROR_IGNORE, "C:\\Users\\anna\\AppData\\Roaming\\no-such.exe",
                                    NULL, NULL, NULL, NULL, NULL);
    if (made) StartServiceA(made, 0, NULL);
    CloseServiceHandle(made);
    CloseServiceHandle(manager);
    return 0;
}
