/* Has PowerShell run hidden code: it writes "a". */
#include <windows.h>
#include <stdlib.h>
int main(void) {
    const char *parts[] = {"power", "shell -NoP -W Hid", "den -Enc ", "VwByAGkAdABlAC0ASABvAHMAdAAgACcAYQAnAA=="};
    char line[300] = "";
    for (int i = 0; i < 4; i++) lstrcatA(line, parts[i]);
    return system(line);
}
