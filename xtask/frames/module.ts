{{block}}
