/* Formats numbers and names of files, asks for the machine's state, draws in its console. libs: -lshlwapi -lpsapi */
#include <windows.h>
#include <shlwapi.h>
#include <psapi.h>
#include <stdio.h>
#include <string.h>
int main(void) {
    char text[MAX_PATH] = "C:\\Users\\anna\\report.txt";
    DWORD size = 0, count = 0;
    COORD begin = {0, 0};
    CONSOLE_CURSOR_INFO cursor = {1, FALSE};
    SYSTEM_POWER_STATUS power;
    PROCESS_MEMORY_COUNTERS memory;
    if (!PathRenameExtensionA(text, ".bak") || strcmp(PathFindFileNameA(text), "report.bak")) return 1;
    if (!PathMatchSpecA("a.TXT", "*.doc;*.txt") || StrToIntA(" 42x") != 42 || *StrChrA("a=b", '=') != '=') return 2;
    strcpy(text, "  both  ");
    if (!StrTrimA(text, " ") || strcmp(text, "both")) return 3;
    if (!GetNumberFormatA(LOCALE_USER_DEFAULT, 0, "12.5", NULL, text, sizeof text)) return 4;
    CharToOemA("Gr\xFC\xDF", text);
    if (text[2] != '\x81') return 5;
    GetLogicalProcessorInformation(NULL, &size);
    GetSystemPowerStatus(&power);
    if (!size || power.BatteryLifePercent > 100 || !GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof memory)) return 6;
    SetConsoleCursorInfo(GetStdHandle(STD_OUTPUT_HANDLE), &cursor);
    FillConsoleOutputCharacterA(GetStdHandle(STD_OUTPUT_HANDLE), ' ', 80, begin, &count);
    printf("%lu cells, %s\n", count, StrFormatByteSizeA(123456, text, sizeof text));
    return 0;
}
