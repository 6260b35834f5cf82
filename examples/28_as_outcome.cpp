// SPDX-License-Identifier: MIT

// A failure as a value: for failures that are nothing unusual, and for answers to them that wait.

#include <patio/patio.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;

patio::async<std::string> fetch(const std::string& mirror) {
    co_await patio::sleep(10ms);
    if (mirror == "near") throw std::runtime_error{"the near mirror is away"};
    co_return "a page of the " + mirror + " mirror";
}

patio::async<> tell_the_owner(const std::string& trouble) {
    co_await patio::sleep(10ms);
    std::printf("told the owner: %s\n", trouble.c_str());
}

patio::async<std::string> fetch_somewhere() {
    patio::outcome<std::string> page = co_await patio::as_outcome(fetch("near"));
    if (!page) {
        co_await tell_the_owner(page.what());  // in a catch block it could not wait
        page = co_await patio::as_outcome(fetch("far"));
    }
    co_return std::move(page).value();  // or throws, if both have failed
}

int main() {
    const std::string page = patio::run(fetch_somewhere());
    std::printf("%s\n", page.c_str());
}
