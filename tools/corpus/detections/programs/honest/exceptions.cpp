/* build: static */
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

struct Guard {
    const char *name;
    explicit Guard(const char *given) : name(given) {}
    ~Guard() { std::printf("left %s\n", name); }
};

static double deep(int level) {
    Guard guard("deep");
    double kept = level * 1.5;
    if (level == 0) throw std::runtime_error("the bottom");
    return deep(level - 1) + kept;
}

static void again() {
    try {
        deep(2);
    } catch (const std::exception &error) {
        std::printf("again: %s\n", error.what());
        throw;
    }
}

int main() {
    double kept = 2.25;
    try {
        again();
    } catch (const std::exception &error) {
        std::printf("main: %s %.2f\n", error.what(), kept);
    }
    try {
        std::vector<int>().at(9);
    } catch (const std::out_of_range &) {
        std::puts("range");
    }
    try {
        try {
            throw 1;
        } catch (int) {
            throw std::string("second");
        }
    } catch (const std::string &text) {
        std::puts(text.c_str());
    }
    return 0;
}
