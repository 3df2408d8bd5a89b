/* Switches to a fiber of hidden code, then to one that acts. */
#include "packed.h"
static void *home;
static VOID CALLBACK second(PVOID argument) { act(); SwitchToFiber(home); }
int main(void) {
    home = ConvertThreadToFiber(NULL);
    void *fiber = CreateFiber(0, second, NULL);
    void *hidden = CreateFiber(0, (LPFIBER_START_ROUTINE)unpacked(), NULL);
    SwitchToFiber(fiber);
    DeleteFiber(fiber);
    SwitchToFiber(hidden);
    return 0;
}
