// SPDX-License-Identifier: MIT

#include "scene.hpp"

#include <patio/debug/install.hpp>

#include <utility>

namespace pictures {

scene::scene(const char* name, const char* kind, const char* title) {
    patio::debug::install();
    std::printf("picture\t%s\t%s\t%s\n", name, kind, title);
}

long long scene::milliseconds() noexcept { return (time_.now() - start_).count() / 1'000'000; }

scene::bar::bar(scene& drawn, std::string label, const char* what)
    : scene_{drawn}, label_{std::move(label)} {
    std::printf("begin\t%lld\t%s\t%s\n", scene_.milliseconds(), label_.c_str(), what);
}

scene::bar::~bar() { std::printf("end\t%lld\t%s\n", scene_.milliseconds(), label_.c_str()); }

void scene::step(const char* label, const char* what) {
    std::printf("step\t%lld\t%s\t%s\n", milliseconds(), label, what);
}

void scene::wait(patio::duration timeout, patio::expecting what) noexcept {
    std::printf("wait\t%lld\t%lld\n", milliseconds(), milliseconds() + timeout.count() / 1'000'000);
    time_.wait(timeout, what);
}

}  // namespace pictures
