/* A service that writes down free space every minute until it is stopped. */
#include <windows.h>
#include <stdio.h>
static SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, SERVICE_RUNNING, SERVICE_ACCEPT_STOP};
static SERVICE_STATUS_HANDLE handle;
static HANDLE stop;
static VOID WINAPI control(DWORD code) { if (code == SERVICE_CONTROL_STOP) SetEvent(stop); }
static VOID WINAPI serve(DWORD count, LPSTR *words) {
    stop = CreateEventA(NULL, TRUE, FALSE, NULL);
    handle = RegisterServiceCtrlHandlerA("FreeSpace", control);
    SetServiceStatus(handle, &status);
    while (WaitForSingleObject(stop, 60000) == WAIT_TIMEOUT) {
        ULARGE_INTEGER space;
        GetDiskFreeSpaceExA("C:\\", &space, NULL, NULL);
        FILE *log = fopen("C:\\ProgramData\\FreeSpace\\space.log", "a");
        if (log) { fprintf(log, "%lu\n", space.LowPart); fclose(log); }
    }
    status.dwCurrentState = SERVICE_STOPPED;
    SetServiceStatus(handle, &status);
}
int main(void) {
    SERVICE_TABLE_ENTRYA table[] = {{"FreeSpace", serve}, {NULL, NULL}};
    return StartServiceCtrlDispatcherA(table) ? 0 : 1;
}
