/* build: static */
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>
struct Shape { virtual ~Shape() = default; virtual double area() const = 0; };
struct Square : Shape { double side; explicit Square(double s) : side(s) {} double area() const override { return side * side; } };
struct Circle : Shape { double radius; explicit Circle(double r) : radius(r) {} double area() const override { return 3.14159 * radius * radius; } };
int main() {
    std::vector<std::unique_ptr<Shape>> shapes;
    for (int i = 1; i < 5; i++) { shapes.push_back(std::make_unique<Square>(i)); shapes.push_back(std::make_unique<Circle>(i)); }
    std::sort(shapes.begin(), shapes.end(), [](const auto &a, const auto &b) { return a->area() < b->area(); });
    std::map<std::string, int> words;
    for (const char *word : {"one", "two", "one", "three"}) words[word]++;
    for (const auto &shape : shapes) std::cout << shape->area() << ' ';
    for (const auto &[word, count] : words) std::cout << word << '=' << count << ' ';
    std::cout << std::endl;
    return 0;
}
