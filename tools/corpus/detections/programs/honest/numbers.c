/* A library of functions that want pointers and numbers. build: dll */
#include <windows.h>
__declspec(dllexport) double mean(const double *values, int count) { double sum = values[0]; for (int i = 1; i < count; i++) sum += values[i]; return sum / count; }
__declspec(dllexport) void scale(double *values, double by) { values[0] *= by; values[1] *= by; }
__declspec(dllexport) unsigned divisor(unsigned a, unsigned b) { while (b) { unsigned rest = a % b; a = b; b = rest; } return a; }
BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved) { return TRUE; }
