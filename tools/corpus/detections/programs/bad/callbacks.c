/* Has Windows call it by functions that list something. */
#include "packed.h"
static BOOL CALLBACK one(HWND window, LPARAM number) { if (number == 7) act(); return TRUE; }
int main(void) {
    EnumChildWindows(NULL, (WNDENUMPROC)unpacked(), 0);
    EnumUILanguagesA((UILANGUAGE_ENUMPROCA)unpacked(), 0, 0);
    EnumDesktopWindows(NULL, one, 7);
    return 0;
}
