import widgets
