#include <windows.h>
int WINAPI WinMain(HINSTANCE self, HINSTANCE before, LPSTR line, int show) {
    int answer = MessageBoxW(NULL, L"Shall the report be printed?", L"Reports", MB_YESNO | MB_ICONQUESTION);
    return answer == IDYES ? 0 : 1;
}
