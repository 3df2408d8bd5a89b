/* Starts a program suspended and queues a call on its thread: return instructions only. */
#include <windows.h>
static unsigned char code[256];
int main(void) {
    STARTUPINFOW start = {sizeof start};
    PROCESS_INFORMATION info;
    wchar_t line[] = L"C:\\Windows\\System32\\notepad.exe";
    for (int i = 0; i < 256; i++) code[i] = 0xC3;
    if (!CreateProcessW(NULL, line, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &start, &info)) return 1;
    void *place = VirtualAllocEx(info.hProcess, NULL, sizeof code, MEM_COMMIT, PAGE_READWRITE);
    DWORD old;
    WriteProcessMemory(info.hProcess, place, code, sizeof code, NULL);
    VirtualProtectEx(info.hProcess, place, sizeof code, PAGE_EXECUTE_READ, &old);
    QueueUserAPC((PAPCFUNC)place, info.hThread, 0);
    ResumeThread(info.hThread);
    return 0;
}
