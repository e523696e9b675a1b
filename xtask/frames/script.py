import bookshop

{{block}}
