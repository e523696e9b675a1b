from collections.abc import AsyncIterator

from plugin_hello import PluginHandler, rapace


{{block}}
