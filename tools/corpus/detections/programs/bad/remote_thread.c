/* Writes a single return instruction into explorer and starts a thread on it. */
#include <windows.h>
#include <tlhelp32.h>
#include <string.h>
static const unsigned char code[64] = {0xC3, 0x90, 0x90, 0x90};
int main(void) {
    PROCESSENTRY32 entry = {sizeof entry};
    HANDLE shot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    for (BOOL more = Process32First(shot, &entry); more; more = Process32Next(shot, &entry)) {
        if (_stricmp(entry.szExeFile, "explorer.exe")) continue;
        HANDLE process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, entry.th32ProcessID);
        void *place = VirtualAllocEx(process, NULL, sizeof code, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
        WriteProcessMemory(process, place, code, sizeof code, NULL);
        CreateRemoteThread(process, NULL, 0, (LPTHREAD_START_ROUTINE)place, NULL, 0, NULL);
        CloseHandle(process);
    }
    return 0;
}
