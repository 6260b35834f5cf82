// SPDX-License-Identifier: MIT

// State that several tasks use: between two co_awaits it needs no lock, around one it does.

#include <patio/patio.hpp>

#include <cstdio>
#include <string>
#include <utility>

using namespace std::chrono_literals;

int logins = 0;

patio::async<std::string> log_in() {
    co_await patio::sleep(5ms);
    co_return "token " + std::to_string(++logins);  // nobody else runs meanwhile: no lock
}

/// One log-in for all who ask at the same time.
class session {
public:
    patio::async<std::string> token() {
        const auto guard = co_await lock_.lock();
        if (token_.empty()) token_ = co_await log_in();  // others wait at the mutex
        co_return token_;
    }

private:
    patio::mutex lock_;
    std::string token_;
};

patio::async<> follow(const char* name, patio::watch_receiver<std::string> weather) {
    bool is_news = co_await weather.changed();
    while (is_news) {
        std::printf("%s: %s\n", name, weather.get().c_str());
        is_news = co_await weather.changed();
    }
}

patio::async<> forecast(patio::watch_sender<std::string> weather) {
    co_await patio::yield();  // now they wait
    weather.send("fog");
    weather.send("sun");  // nobody has looked at the fog
}

patio::async<> program() {
    session shared;
    auto [first, second] = co_await patio::gather(shared.token(), shared.token());
    std::printf("%s, %s\n", first.c_str(), second.c_str());

    auto [sender, receiver] = patio::watch<std::string>("unknown");
    co_await patio::gather(follow("Ada", receiver), follow("Bob", receiver),
                           forecast(std::move(sender)));
}

int main() { patio::run(program()); }
