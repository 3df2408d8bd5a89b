#include <windows.h>
#include <stdio.h>
int main(void) {
    LARGE_INTEGER rate, start, end;
    QueryPerformanceFrequency(&rate);
    QueryPerformanceCounter(&start);
    for (int left = 5; left; left--) { printf("%d...\n", left); Sleep(1000); }
    QueryPerformanceCounter(&end);
    printf("%.1f seconds, ticks %lu\n", (double)(end.QuadPart - start.QuadPart) / rate.QuadPart, GetTickCount());
    return 0;
}
