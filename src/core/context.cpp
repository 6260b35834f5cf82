// SPDX-License-Identifier: MIT

#include <patio/core/context_var.hpp>

#include <patio/core/errors.hpp>

namespace patio::detail {

/// Contexts are immutable lists, newest first, that share their tails: a spawned task takes a count
/// of its spawner's list. Counts need no atomics: a loop's tasks share them, and nobody else.
struct context_node {
    const void* key;
    context_value* value;
    context_node* next;
    std::uint32_t refs;
};

namespace {

void drop_value(context_value* value) noexcept {
    if (value != nullptr && --value->refs == 0) delete value;
}

/// A list with one node more. Takes over a count of `value` and of `rest`, also when it fails.
context_node* prepended(const void* key, context_value* value, context_node* rest) {
    try {
        return new context_node{key, value, rest, 1};
    } catch (...) {
        drop_value(value);
        drop_context(rest);
        throw;
    }
}

/// The list without `key`: the nodes before it are copied, those behind it shared. Takes no counts
/// over.
context_node* without(context_node* list, const void* key) {
    if (list == nullptr) return nullptr;
    if (list->key == key) return share_context(list->next);
    context_node* rest = without(list->next, key);
    if (rest == list->next) {  // nothing changed below: share from here
        drop_context(rest);
        return share_context(list);
    }
    ++list->value->refs;
    return prepended(list->key, list->value, rest);
}

}  // namespace

context_value::~context_value() = default;

context_node* share_context(context_node* context) noexcept {
    if (context != nullptr) ++context->refs;
    return context;
}

void drop_context(context_node* context) noexcept {
    while (context != nullptr && --context->refs == 0) {
        context_node* next = context->next;
        drop_value(context->value);
        delete context;
        context = next;
    }
}

context_value* find_in_context(const void* key) noexcept {
    if (this_loop == nullptr || this_loop->current == nullptr) return nullptr;
    const task_record* record = this_loop->current->extra.record();
    if (record == nullptr) return nullptr;
    for (const context_node* node = record->context; node != nullptr; node = node->next) {
        if (node->key == key) return node->value;
    }
    return nullptr;
}

void set_in_context(const void* key, context_value* value) {
    if (this_loop == nullptr || this_loop->current == nullptr) {
        drop_value(value);
        throw usage_error("a context_var was set outside of a task");
    }
    task_record* record = nullptr;
    context_node* changed = nullptr;
    try {
        record = &record_of(*this_loop->current);
        changed = without(record->context, key);
    } catch (...) {
        drop_value(value);
        throw;
    }
    if (value != nullptr) changed = prepended(key, value, changed);
    drop_context(std::exchange(record->context, changed));
}

}  // namespace patio::detail
