// SPDX-License-Identifier: MIT

#include "symbols.hpp"

#include <cxxabi.h>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <dlfcn.h>

#if PATIO_WITH_LIBBACKTRACE
#include <backtrace.h>
#endif

namespace patio::debug {

namespace {

std::string demangled(const char* name) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> result{
        abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free};
    return result ? result.get() : name;
}

std::string base_name(const char* path) {
    const char* slash = std::strrchr(path, '/');
    return slash != nullptr ? slash + 1 : path;
}

/// What the dynamic linker knows: exported functions only.
std::string exported_name(void* address) {
    Dl_info info{};
    if (::dladdr(address, &info) == 0 || info.dli_sname == nullptr) return {};
    return demangled(info.dli_sname);
}

#if PATIO_WITH_LIBBACKTRACE

void ignore_error(void*, const char*, int) {}

/// libbacktrace's view of this program; made once, and used from any thread.
backtrace_state* shared_state() {
    static backtrace_state* const state =
        backtrace_create_state(nullptr, 1, &ignore_error, nullptr);
    return state;
}

/// Clang's -g1 tells the lines of a file in which nothing was inlined, but not its functions.
int add_line(void* data, std::uintptr_t, const char* file, int line, const char* function) {
    if (function == nullptr && file == nullptr) return 0;
    static_cast<std::vector<symbol>*>(data)->push_back(
        {function != nullptr ? tidy_function(demangled(function)) : "",
         file != nullptr ? base_name(file) : "", line});
    return 0;
}

void set_name(void* data, std::uintptr_t, const char* name, std::uintptr_t, std::uintptr_t) {
    if (name != nullptr) *static_cast<std::string*>(data) = demangled(name);
}

#endif

/// "std::this_thread::sleep_for" from "void std::this_thread::sleep_for<long, std::ratio<1l, 1l>
/// >".
std::string without_template_noise(std::string name) {
    if (!name.ends_with('>') || name.ends_with("operator>") || name.ends_with("->")) return name;
    int depth = 0;
    std::size_t end = name.size();
    while (end > 0) {  // the argument list at the end
        --end;
        if (name[end] == '>') ++depth;
        if (name[end] == '<' && --depth == 0) break;
    }
    if (end == 0) return name;
    name.resize(end);
    depth = 0;
    for (std::size_t i = name.size(); i-- > 0;) {  // a template's name begins with its result type
        if (name[i] == '>' || name[i] == ')') ++depth;
        if (name[i] == '<' || name[i] == '(') --depth;
        if (name[i] == ' ' && depth == 0) return name.substr(i + 1);
    }
    return name;
}

/// The name by which linkers know the function around an address.
std::string linker_name(std::uintptr_t address) {
    std::string name;
#if PATIO_WITH_LIBBACKTRACE
    backtrace_syminfo(shared_state(), address, &set_name, &ignore_error, &name);
#endif
    return tidy_function(!name.empty() ? name : exported_name(reinterpret_cast<void*>(address)));
}

}  // namespace

std::string tidy_function(const std::string& demangled_name) {
    std::string name = demangled_name;
    if (name.starts_with("__GI_")) {  // how the C library calls its own functions inside
        const auto first = name.find_first_not_of('_', 5);
        name.erase(0, first == name.npos ? 5 : first);
    }
    if (const auto clone = name.find(" [clone"); clone != name.npos) name.resize(clone);
    if (const auto clone = name.find(" (.resume)"); clone != name.npos) name.resize(clone);
    if (const auto with = name.find(" [with "); with != name.npos) name.resize(with);
    // Parameters: from the parenthesis that the last one closes.
    while (!name.empty() && name.back() != ')') {
        const bool is_qualifier =
            name.ends_with(" const") || name.ends_with(" noexcept") || name.ends_with("&");
        if (!is_qualifier) return name;
        name.resize(name.find_last_of(" )") == name.npos ? 0 : name.find_last_of(" )") + 1);
        if (name.ends_with(" ")) name.pop_back();
    }
    int depth = 0;
    for (std::size_t i = name.size(); i-- > 0;) {
        if (name[i] == ')') ++depth;
        if (name[i] == '(' && --depth == 0) {
            if (i > 0) name.resize(i);
            break;
        }
    }
    return without_template_noise(std::move(name));
}

std::vector<symbol> symbolise(void* const* addresses, std::size_t count) {
    std::vector<symbol> result;
    for (std::size_t i = 0; i < count; ++i) {
        // A return address may belong to the next line or even the next function: look at the call.
        const std::uintptr_t call = reinterpret_cast<std::uintptr_t>(addresses[i]) - 1;
        const std::size_t size_before = result.size();
#if PATIO_WITH_LIBBACKTRACE
        backtrace_pcinfo(shared_state(), call, &add_line, &ignore_error, &result);
#endif
        if (result.size() == size_before) result.emplace_back();
        if (result.back().function.empty()) result.back().function = linker_name(call);
    }
    return result;
}

std::string symbol_words(const symbol& one) {
    std::string words = one.function.empty() ? "a function without a name" : one.function;
    if (!one.file.empty()) words += " at " + one.file + ":" + std::to_string(one.line);
    return words;
}

}  // namespace patio::debug
