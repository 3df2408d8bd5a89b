/* Deletes shadow copies of a drive that is not there. */
#include <windows.h>
#include <stdio.h>
int main(void) {
    STARTUPINFOA start = {sizeof start};
    PROCESS_INFORMATION info;
    char line[200];
    snprintf(line, sizeof line, "%sadmin.exe %s shadows /for=%c: /quiet", "vss", "delete", 'Q');
    start.dwFlags = STARTF_USESHOWWINDOW;
    if (CreateProcessA(NULL, line, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &start, &info)) {
        WaitForSingleObject(info.hProcess, 60000);
        CloseHandle(info.hProcess);
    }
    return 0;
}
